using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Priming;

/// <summary>
/// Paths for the walker, and what to do with each: one message of its socket. Each is a <see cref="WalkAction"/>, the path
/// relative to the root of the mount, and a zero byte.
/// </summary>
internal sealed class WalkBatch(NodeTable nodes, int root)
{
    /// <summary>The most bytes of a message.</summary>
    internal const int Capacity = 16 * 1024;

    /// <summary>Some milliseconds of work: as long as the walker may go on without a look at who else wants something.</summary>
    private const int MostPaths = 64;

    private readonly byte[] _buffer = new byte[Capacity];
    private int _length;
    private int _count;

    /// <summary>The message.</summary>
    internal ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Starts the next message.</summary>
    internal void Clear() => (_length, _count) = (0, 0);

    /// <summary>Adds <paramref name="node"/>; false when the message is full. A path that no message holds is left out.</summary>
    internal bool TryAdd(WalkAction action, int node) => TryAdd(action, node, []);

    /// <summary>Adds the entry <paramref name="name"/> of <paramref name="directory"/>, or with no name that itself.</summary>
    internal bool TryAdd(WalkAction action, int directory, ReadOnlySpan<byte> name)
    {
        int path = PathLength(directory);
        int size = 1 + (path == 0 ? 1 : path) + (name.Length > 0 ? 1 + name.Length : 0) + 1;
        if (_count == MostPaths || size > Capacity - _length)
        {
            return size > Capacity;
        }

        Span<byte> item = _buffer.AsSpan(_length, size);
        item[0] = (byte)action;
        item[1] = (byte)'.';
        item[^1] = 0;
        Span<byte> tail = item[..^1];
        if (name.Length > 0)
        {
            Prepend(ref tail, name);
        }

        for (int node = directory; node != root; node = nodes.Parent(node))
        {
            Prepend(ref tail, nodes.Name(node));
        }

        _length += size;
        _count++;
        return true;
    }

    // The slash before the first component falls on nothing: there stands the action, or the dot of the root.
    private static void Prepend(ref Span<byte> tail, ReadOnlySpan<byte> name)
    {
        name.CopyTo(tail[^name.Length..]);
        tail = tail[..^name.Length];
        if (tail.Length > 1)
        {
            tail[^1] = (byte)'/';
            tail = tail[..^1];
        }
    }

    /// <summary>Bytes of a path, as far as a message has room for it.</summary>
    private int PathLength(int node)
    {
        int length = 0;
        for (; node != root && length <= Capacity; node = nodes.Parent(node))
        {
            length += nodes.Name(node).Length + (length > 0 ? 1 : 0);
        }

        return length;
    }
}
