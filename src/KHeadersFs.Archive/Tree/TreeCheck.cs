using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Tree;

/// <summary>
/// Whether a table of nodes is a tree as <see cref="TreeFreezer"/> writes it. A checksum says that a store is as it was written, not that
/// its writer meant well: with parents in a circle, whoever looks for a node's path would never come to an end. What has passed here can be
/// walked from any node, up and down, and each of its fields can be used as it is.
/// </summary>
/// <param name="nodes">The table.</param>
/// <param name="bodyLength">Bytes of the body space.</param>
internal readonly ref struct TreeCheck(NodeTable nodes, ulong bodyLength)
{
    private const int KindBits = 0xF000;
    private const uint NanosecondsOfSecond = 1_000_000_000;

    private readonly ReadOnlySpan<ulong> _sizes = nodes.Sizes;
    private readonly ReadOnlySpan<ulong> _positions = nodes.Positions;
    private readonly ReadOnlySpan<uint> _nanoseconds = nodes.Nanoseconds;
    private readonly ReadOnlySpan<ushort> _modes = nodes.Modes;
    private readonly ReadOnlySpan<uint> _nameStarts = nodes.NameStarts;
    private readonly ReadOnlySpan<uint> _parents = nodes.Parents;
    private readonly ReadOnlySpan<uint> _inodes = nodes.Inodes;
    private readonly ReadOnlySpan<uint> _linkCounts = nodes.LinkCounts;
    private readonly ReadOnlySpan<byte> _text = nodes.Text;

    /// <summary>The first fault, to follow "is damaged"; null if there is none. Takes time in proportion to the nodes, and no memory.</summary>
    internal string? FindFault()
    {
        if (_modes.IsEmpty || KindOf(0) != NodeKind.Directory || _parents[0] != 0)
        {
            return "it has no root";
        }

        return FindFaultOfNames() ?? FindFaultOfNodes();
    }

    private string? FindFaultOfNames()
    {
        if (_nameStarts[0] != 0 || _nameStarts[1] != 0)
        {
            return "its root has a name";
        }

        ReadOnlySpan<uint> starts = _nameStarts[1..];
        for (int i = 0; i < starts.Length - 1; i++)
        {
            uint length = starts[i + 1] - starts[i]; // a huge one if they descend
            if (length is 0 or > MemberPath.MaxComponentBytes || starts[i + 1] > (uint)_text.Length)
            {
                return "a name is not where names are";
            }

            if (length <= 2 && _text[(int)starts[i]..(int)starts[i + 1]] is [(byte)'.'] or [(byte)'.', (byte)'.'])
            {
                return "a name is . or ..";
            }
        }

        return _text[..(int)_nameStarts[^1]].ContainsAny((byte)'/', (byte)0) ? "a name has a slash or a NUL in it" : null;
    }

    /// <summary>
    /// Nodes are numbered breadth first, so the children of each directory begin where those of the last one end. As long as that
    /// holds every node has one directory, which stands before it.
    /// </summary>
    private string? FindFaultOfNodes()
    {
        int next = 1; // the first node that is in no directory so far
        for (int node = 0; node < _modes.Length; node++)
        {
            string? fault = node >= next ? "a node is in no directory"
                : FindFaultOfInode(node) ?? KindOf(node) switch
                {
                    NodeKind.Directory => FindFaultOfDirectory(node, ref next),
                    NodeKind.File => _sizes[node] == 0 || IsWithin(node, 0, bodyLength) ? null : "a file is longer than all blocks",
                    NodeKind.Symlink => _sizes[node] > 0 && IsWithin(node, _nameStarts[^1], (ulong)_text.Length) ? null : "a link's target is not where targets are",
                    _ => "a node is of no kind",
                };
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    private string? FindFaultOfInode(int node)
    {
        if ((_modes[node] & ~(KindBits | Permissions.All)) != 0 || _nanoseconds[node] >= NanosecondsOfSecond || _linkCounts[node] == 0)
        {
            return "a node has a mode, a time or a number of links that no node has";
        }

        int first = (int)Math.Min(_inodes[node], (uint)node + 1);
        if (first == node)
        {
            return null;
        }

        bool isLink = first < node && KindOf(node) != NodeKind.Directory && _inodes[first] == first && _modes[first] == _modes[node]
            && _sizes[first] == _sizes[node] && _positions[first] == _positions[node];
        return isLink ? null : "a hard link is none";
    }

    private string? FindFaultOfDirectory(int directory, ref int next)
    {
        int first = next;
        if (_positions[directory] != (ulong)first || _sizes[directory] > (ulong)(_modes.Length - first))
        {
            return "a directory's entries are not where they should be";
        }

        next += (int)_sizes[directory];
        ReadOnlySpan<uint> parents = _parents[first..next];
        ReadOnlySpan<ushort> modes = _modes[first..next];
        ReadOnlySpan<uint> starts = _nameStarts[first..(next + 1)];
        ReadOnlySpan<byte> text = _text;
        ReadOnlySpan<byte> before = [];
        uint links = 2;
        for (int child = 0; child < parents.Length; child++)
        {
            if (parents[child] != directory)
            {
                return "an entry is of another directory";
            }

            // No name is empty, so the first one comes after none.
            ReadOnlySpan<byte> name = text[(int)starts[child]..(int)starts[child + 1]];
            if (before.SequenceCompareTo(name) >= 0)
            {
                return "names are out of order";
            }

            before = name;
            links += (modes[child] & KindBits) == (int)NodeKind.Directory ? 1u : 0;
        }

        return links == _linkCounts[directory] ? null : "a directory has another number of links than of directories";
    }

    private NodeKind KindOf(int node) => (NodeKind)(_modes[node] & KindBits);

    /// <summary>Whether a node has what it has from <paramref name="start"/> to <paramref name="end"/>.</summary>
    private bool IsWithin(int node, ulong start, ulong end) =>
        _positions[node] >= start && _positions[node] <= end && _sizes[node] <= end - _positions[node];
}
