using KHeadersFs.Archive.Decoding;

namespace KHeadersFs.Archive.Tar;

/// <summary>
/// The data of an extended header: a GNU long name ('L', 'K') or PAX records ('x', 'g'). The memory is kept for the next one.
/// </summary>
internal sealed class ExtendedHeader : IDisposable
{
    private readonly NativeBuffer _bytes = new(4 << 10);
    private int _length;

    /// <summary>There is one, if an empty one.</summary>
    internal bool IsPresent { get; private set; }

    /// <summary>All of its data.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.Span[.._length];

    /// <summary>Forgets it.</summary>
    internal void Clear()
    {
        IsPresent = false;
        _length = 0;
    }

    /// <summary>Reads <paramref name="length"/> bytes of data; false if the tar ends before.</summary>
    internal bool TryRead(DecodedStream tar, int length)
    {
        if (length > _bytes.Length)
        {
            _bytes.Grow(length);
        }

        IsPresent = true;
        _length = length;
        return tar.Read(_bytes.Span[..length]) == length;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();
}
