using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Tree;

/// <summary>
/// The frozen tree: one array per field, indexed by node. Node 0 is the root, parents stand before their children, and
/// the children of a directory are contiguous and sorted by the bytes of their names, so that a lookup is a binary
/// search and a directory listing is a slice.
/// </summary>
/// <remarks>
/// A node is a name (a dentry). Names that are hard links of each other share an inode: <see cref="Inode"/> gives the
/// first of them, and the other fields of all are equal. Costs 46 bytes and the name per node: 0.4 MB for a kernel.
/// </remarks>
public sealed class NodeTable
{
    private readonly uint[] _nameStart;
    private readonly uint[] _parent;
    private readonly uint[] _inode;
    private readonly ushort[] _mode;
    private readonly uint[] _linkCount;
    private readonly ulong[] _size;
    private readonly ulong[] _position;
    private readonly long[] _modifiedSeconds;
    private readonly uint[] _modifiedNanoseconds;
    private readonly byte[] _text;

    /// <summary>A table of <paramref name="count"/> nodes with <paramref name="textLength"/> bytes of names and link targets.</summary>
    internal NodeTable(int count, int textLength)
    {
        Count = count;
        _nameStart = TableMemory.Array<uint>(count + 1);
        _parent = TableMemory.Array<uint>(count);
        _inode = TableMemory.Array<uint>(count);
        _mode = TableMemory.Array<ushort>(count);
        _linkCount = TableMemory.Array<uint>(count);
        _size = TableMemory.Array<ulong>(count);
        _position = TableMemory.Array<ulong>(count);
        _modifiedSeconds = TableMemory.Array<long>(count);
        _modifiedNanoseconds = TableMemory.Array<uint>(count);
        _text = TableMemory.Array<byte>(textLength);
    }

    /// <summary>Number of nodes, the root among them.</summary>
    public int Count { get; }

    /// <summary>Bytes of names and symlink targets.</summary>
    internal int TextLength => _text.Length;

    /// <summary>Names of all nodes in node order, then symlink targets; UTF-8 without terminators.</summary>
    internal Span<byte> Text => _text;

    /// <summary>Where the name of a node starts in <see cref="Text"/>; it ends where the next one starts.</summary>
    internal Span<uint> NameStarts => _nameStart;

    /// <summary>The directory that holds a node; the root's is the root.</summary>
    internal Span<uint> Parents => _parent;

    /// <summary>The first node of an inode.</summary>
    internal Span<uint> Inodes => _inode;

    /// <summary>st_mode: <see cref="NodeKind"/> and permission bits.</summary>
    internal Span<ushort> Modes => _mode;

    /// <summary>st_nlink.</summary>
    internal Span<uint> LinkCounts => _linkCount;

    /// <summary>A file's size or a symlink's target length in bytes, a directory's number of children.</summary>
    internal Span<ulong> Sizes => _size;

    /// <summary>A file's place in the body space, a symlink's target in <see cref="Text"/>, a directory's first child.</summary>
    internal Span<ulong> Positions => _position;

    /// <summary>st_mtime, seconds.</summary>
    internal Span<long> ModifiedSecondsOf => _modifiedSeconds;

    /// <summary>st_mtime, nanoseconds.</summary>
    internal Span<uint> ModifiedNanosecondsOf => _modifiedNanoseconds;

    /// <summary>True when <paramref name="node"/> is one of this table.</summary>
    public bool Contains(ulong node) => node < (ulong)Count;

    /// <summary>What <paramref name="node"/> is.</summary>
    public NodeKind Kind(int node) => (NodeKind)(_mode[node] & 0xF000);

    /// <summary>st_mode of <paramref name="node"/>.</summary>
    public uint Mode(int node) => _mode[node];

    /// <summary>The node that stands for the inode of <paramref name="node"/>: itself unless it is a hard link.</summary>
    public int Inode(int node) => (int)_inode[node];

    /// <summary>Number of names of a file, or 2 and the number of subdirectories of a directory.</summary>
    public uint LinkCount(int node) => _linkCount[node];

    /// <summary>Size in bytes of a file or of a symlink's target; 0 for a directory.</summary>
    public ulong Size(int node) => Kind(node) == NodeKind.Directory ? 0 : _size[node];

    /// <summary>Where a file's body starts in the body space of the store.</summary>
    public ulong BodyPosition(int node) => _position[node];

    /// <summary>Modification time, seconds since 1970.</summary>
    public long ModifiedSeconds(int node) => _modifiedSeconds[node];

    /// <summary>Modification time, nanoseconds within the second.</summary>
    public uint ModifiedNanoseconds(int node) => _modifiedNanoseconds[node];

    /// <summary>The directory that holds <paramref name="node"/>; the root's is the root.</summary>
    public int Parent(int node) => (int)_parent[node];

    /// <summary>A directory's first child; its children are this and the next <see cref="ChildCount"/> - 1 nodes.</summary>
    public int FirstChild(int directory) => (int)_position[directory];

    /// <summary>Number of entries of a directory.</summary>
    public int ChildCount(int directory) => (int)_size[directory];

    /// <summary>The name of <paramref name="node"/> in its directory; empty for the root.</summary>
    public ReadOnlySpan<byte> Name(int node) =>
        _text.AsSpan((int)_nameStart[node], (int)(_nameStart[node + 1] - _nameStart[node]));

    /// <summary>The target of a symlink, as it stands in the archive.</summary>
    public ReadOnlySpan<byte> Target(int symlink) => _text.AsSpan((int)_position[symlink], (int)_size[symlink]);

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

    /// <summary>Calls <paramref name="part"/> with the bytes of every array, in the order of the store format.</summary>
    internal void ForEachPart(PartAction part)
    {
        part(MemoryMarshal.AsBytes(Sizes));
        part(MemoryMarshal.AsBytes(Positions));
        part(MemoryMarshal.AsBytes(ModifiedSecondsOf));
        part(MemoryMarshal.AsBytes(ModifiedNanosecondsOf));
        part(MemoryMarshal.AsBytes(NameStarts));
        part(MemoryMarshal.AsBytes(Parents));
        part(MemoryMarshal.AsBytes(Inodes));
        part(MemoryMarshal.AsBytes(LinkCounts));
        part(MemoryMarshal.AsBytes(Modes));
        part(Text);
    }
}
