using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Tree;

/// <summary>
/// The frozen tree: one array per field, indexed by node. Node 0 is the root, parents stand before their children, and
/// the children of a directory are contiguous and sorted by the bytes of their names, so that a lookup is a binary
/// search and a directory listing is a slice.
/// </summary>
/// <remarks>
/// A node is a name (a dentry). Names that are hard links of each other share an inode: <see cref="Inode"/> gives the
/// first of them, and the other fields of all are equal. Costs 46 bytes and the name per node: 0.4 MB for a kernel. The arrays are
/// those of the store, in its order (FORMAT.md), so the table is only valid as long as its store.
/// </remarks>
public sealed unsafe class NodeTable
{
    private readonly TableMemory _memory; // keeps the pages
    private readonly ulong* _size;
    private readonly ulong* _position;
    private readonly long* _modifiedSeconds;
    private readonly uint* _modifiedNanoseconds;
    private readonly ushort* _mode;
    private readonly uint* _nameStart;
    private readonly uint* _parent;
    private readonly uint* _inode;
    private readonly uint* _linkCount;
    private readonly byte* _text;
    private readonly int _textLength;

    /// <summary>The table at the start of <paramref name="memory"/>: <paramref name="count"/> nodes, <paramref name="textLength"/> bytes of names and link targets.</summary>
    internal NodeTable(TableMemory memory, int count, int textLength)
    {
        _memory = memory;
        Count = count;
        _textLength = textLength;
        _size = (ulong*)memory.Pointer;
        _position = _size + count;
        _modifiedSeconds = (long*)(_position + count);
        _modifiedNanoseconds = (uint*)(_modifiedSeconds + count);
        _mode = (ushort*)(_modifiedNanoseconds + count);
        _nameStart = (uint*)(_mode + count + (count & 1));
        _parent = _nameStart + count + 1;
        _inode = _parent + count;
        _linkCount = _inode + count;
        _text = (byte*)(_linkCount + count);
    }

    /// <summary>Number of nodes, the root among them.</summary>
    public int Count { get; }

    /// <summary>Of a file or a symlink's target in bytes, of a directory in children.</summary>
    internal ReadOnlySpan<ulong> Sizes => new(_size, Count);

    /// <summary>Of a file in the body space, of a symlink's target in <see cref="Text"/>, of a directory's first child among the nodes.</summary>
    internal ReadOnlySpan<ulong> Positions => new(_position, Count);

    /// <summary>Modification times, nanoseconds within the second.</summary>
    internal ReadOnlySpan<uint> Nanoseconds => new(_modifiedNanoseconds, Count);

    /// <summary>st_mode.</summary>
    internal ReadOnlySpan<ushort> Modes => new(_mode, Count);

    /// <summary>Where each name begins in <see cref="Text"/>, and where the last one ends.</summary>
    internal ReadOnlySpan<uint> NameStarts => new(_nameStart, Count + 1);

    /// <summary>The directory of each node.</summary>
    internal ReadOnlySpan<uint> Parents => new(_parent, Count);

    /// <summary>The first node of the inode of each node.</summary>
    internal ReadOnlySpan<uint> Inodes => new(_inode, Count);

    /// <summary>st_nlink.</summary>
    internal ReadOnlySpan<uint> LinkCounts => new(_linkCount, Count);

    /// <summary>Names of all nodes in node order, then symlink targets; bytes without terminators.</summary>
    internal ReadOnlySpan<byte> Text => new(_text, _textLength);

    /// <summary>Bytes of a table, up to where the next one may begin.</summary>
    internal static long SizeOf(long count, long textLength) =>
        ((count * (3 * sizeof(ulong))) + (count * sizeof(uint)) + ((count + (count & 1)) * sizeof(ushort))
            + (((4 * count) + 1) * sizeof(uint)) + textLength + sizeof(ulong) - 1) & -sizeof(ulong);

    /// <summary>True when <paramref name="node"/> is one of this table.</summary>
    public bool Contains(ulong node) => node < (ulong)Count;

    /// <summary>What <paramref name="node"/> is.</summary>
    public NodeKind Kind(int node) => (NodeKind)(Mode(node) & 0xF000);

    /// <summary>st_mode of <paramref name="node"/>.</summary>
    public uint Mode(int node) => Modes[node];

    /// <summary>The node that stands for the inode of <paramref name="node"/>: itself unless it is a hard link.</summary>
    public int Inode(int node) => (int)Inodes[node];

    /// <summary>Number of names of a file, or 2 and the number of subdirectories of a directory.</summary>
    public uint LinkCount(int node) => LinkCounts[node];

    /// <summary>Size in bytes of a file or of a symlink's target; 0 for a directory.</summary>
    public ulong Size(int node) => Kind(node) == NodeKind.Directory ? 0 : Sizes[node];

    /// <summary>Where a file's body starts in the body space of the store.</summary>
    public ulong BodyPosition(int node) => Positions[node];

    /// <summary>Modification time, seconds since 1970.</summary>
    public long ModifiedSeconds(int node) => new Span<long>(_modifiedSeconds, Count)[node];

    /// <summary>Modification time, nanoseconds within the second.</summary>
    public uint ModifiedNanoseconds(int node) => Nanoseconds[node];

    /// <summary>The directory that holds <paramref name="node"/>; the root's is the root.</summary>
    public int Parent(int node) => (int)Parents[node];

    /// <summary>A directory's first child; its children are this and the next <see cref="ChildCount"/> - 1 nodes.</summary>
    public int FirstChild(int directory) => (int)Positions[directory];

    /// <summary>Number of entries of a directory.</summary>
    public int ChildCount(int directory) => (int)Sizes[directory];

    /// <summary>The name of <paramref name="node"/> in its directory; empty for the root.</summary>
    public ReadOnlySpan<byte> Name(int node)
    {
        ReadOnlySpan<uint> starts = NameStarts.Slice(node, 2);
        return Text[(int)starts[0]..(int)starts[1]];
    }

    /// <summary>The target of a symlink, as it stands in the archive.</summary>
    public ReadOnlySpan<byte> Target(int symlink) => Text.Slice((int)Positions[symlink], (int)Sizes[symlink]);

    /// <summary>The entry <paramref name="name"/> of <paramref name="directory"/>, or -1.</summary>
    public int Lookup(int directory, ReadOnlySpan<byte> name)
    {
        int low = FirstChild(directory);
        int high = low + ChildCount(directory) - 1;
        while (low <= high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            int order = Name(middle).SequenceCompareTo(name);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }
}
