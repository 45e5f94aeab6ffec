using System.Runtime.InteropServices;
using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Tree;

/// <summary>
/// Gives the names of a finished tree their numbers, breadth first and sorted by bytes within a directory, and writes the table of
/// nodes. What a column was made from is let go before the next one is written, so that tree and table are not held at once.
/// </summary>
internal sealed class TreeFreezer : IDisposable
{
    private readonly TreeBuilder _tree;
    private readonly NativeBuffer _order; // row of each node
    private readonly NativeBuffer _first; // first node of each inode
    private readonly NativeBuffer _links; // st_nlink of each inode

    /// <summary>Numbers the names of <paramref name="tree"/>, to which nothing is added any more; it is disposed with this.</summary>
    internal TreeFreezer(TreeBuilder tree)
    {
        _tree = tree;
        tree.Complete();
        NodeCount = tree.Names.Count;
        TextLength = tree.Text.Count + tree.Targets.Count;
        _order = new NativeBuffer(NodeCount * sizeof(int));
        using (NativeBuffer siblings = Group())
        {
            Number(siblings.As<int>());
        }

        _first = new NativeBuffer(tree.Inodes.Count * sizeof(int));
        _links = new NativeBuffer(tree.Inodes.Count * sizeof(uint));
        Count();
    }

    /// <summary>Number of nodes, the root among them.</summary>
    internal int NodeCount { get; }

    /// <summary>Bytes of names and symlink targets.</summary>
    internal int TextLength { get; }

    /// <summary>Sum of the sizes of all files in bytes.</summary>
    internal ulong FileBytes { get; private set; }

    private Span<int> Order => _order.As<int>();

    /// <summary>
    /// CRC-64 of all that is served: names, attributes, targets and bodies, in node order. Neither how bodies are stored nor in which order the
    /// archive has its members makes a difference. Before <see cref="Write"/>.
    /// </summary>
    internal ulong Checksum()
    {
        ReadOnlySpan<int> first = _first.As<int>();
        ulong crc = 0;
        foreach (int row in Order)
        {
            ref NameRow name = ref _tree.Names[row];
            ref Inode inode = ref _tree.Inodes[name.Inode];
            ReadOnlySpan<byte> text = _tree.NameOf(row);
            ReadOnlySpan<long> all =
            [
                inode.ModifiedSeconds, inode.ModifiedNanoseconds, (ushort)inode.Kind | inode.Permissions, (long)inode.Size,
                (long)inode.BodyChecksum, name.Parent, first[name.Inode], text.Length,
            ];
            crc = StoreChecksum.Continue(crc, MemoryMarshal.AsBytes(all));
            crc = StoreChecksum.Continue(crc, text);
            crc = StoreChecksum.Continue(crc, _tree.TargetOf(inode));
        }

        return crc;
    }

    /// <summary>Writes all columns, in the order of the store format (Store/FORMAT.md).</summary>
    internal void Write(TableWriter table)
    {
        WriteInodes(table);
        _tree.Inodes.Dispose();
        WriteNames(table);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tree.Dispose();
        _order.Dispose();
        _first.Dispose();
        _links.Dispose();
    }

    private ref Inode InodeOf(int row) => ref _tree.Inodes[_tree.Names[row].Inode];

    /// <summary>The rows of all names, those of one directory side by side and sorted; Position of a directory is where its begin.</summary>
    private NativeBuffer Group()
    {
        NativeList<NameRow> names = _tree.Names;
        var buffer = new NativeBuffer(NodeCount * sizeof(int));
        Span<int> siblings = buffer.As<int>();
        ulong start = 0;
        for (int row = 0; row < NodeCount; row++)
        {
            ref Inode inode = ref InodeOf(row);
            if (inode.Kind == NodeKind.Directory)
            {
                inode.Position = start;
                start += inode.Size;
            }
        }

        for (int row = TreeBuilder.Root + 1; row < NodeCount; row++)
        {
            siblings[(int)InodeOf(names[row].Parent).Position++] = row;
        }

        var byName = new ByName(_tree);
        for (int row = 0; row < NodeCount; row++)
        {
            ref Inode inode = ref InodeOf(row);
            if (inode.Kind == NodeKind.Directory)
            {
                inode.Position -= inode.Size;
                siblings.Slice((int)inode.Position, (int)inode.Size).Sort(byName);
            }
        }

        return buffer;
    }

    /// <summary>Fills the order, breadth first; Position of a directory becomes its first child, Parent of a name its directory's node.</summary>
    private void Number(Span<int> siblings)
    {
        Span<int> order = Order;
        order[0] = TreeBuilder.Root;
        int end = 1;
        for (int node = 0; node < NodeCount; node++)
        {
            ref Inode inode = ref InodeOf(order[node]);
            if (inode.Kind != NodeKind.Directory)
            {
                continue;
            }

            Span<int> children = siblings.Slice((int)inode.Position, (int)inode.Size);
            inode.Position = (ulong)end;
            children.CopyTo(order[end..]);
            end += children.Length;
            foreach (int child in children)
            {
                _tree.Names[child].Parent = node;
            }
        }
    }

    /// <summary>
    /// A file has a link for each name; a directory one in its parent, its own "." and the ".." of each subdirectory.
    /// </summary>
    private void Count()
    {
        Span<int> first = _first.As<int>();
        Span<uint> links = _links.As<uint>();
        first.Fill(-1);
        links.Clear();
        for (int node = 0; node < NodeCount; node++)
        {
            ref NameRow name = ref _tree.Names[Order[node]];
            ref Inode inode = ref _tree.Inodes[name.Inode];
            bool isFirst = first[name.Inode] < 0;
            if (isFirst)
            {
                first[name.Inode] = node;
            }

            if (inode.Kind != NodeKind.Directory)
            {
                links[name.Inode]++;
                FileBytes += isFirst && inode.Kind == NodeKind.File ? inode.Size : 0;
                continue;
            }

            links[name.Inode] += 2;
            if (node > 0)
            {
                links[_tree.Names[Order[name.Parent]].Inode]++;
            }
        }
    }

    private void WriteInodes(TableWriter table)
    {
        foreach (int row in Order)
        {
            table.Write(InodeOf(row).Size);
        }

        ulong targets = (ulong)_tree.Text.Count;
        foreach (int row in Order)
        {
            ref Inode inode = ref InodeOf(row);
            table.Write(inode.Kind == NodeKind.Symlink ? targets + inode.Position : inode.Position);
        }

        foreach (int row in Order)
        {
            table.Write(InodeOf(row).ModifiedSeconds);
        }

        foreach (int row in Order)
        {
            table.Write(InodeOf(row).ModifiedNanoseconds);
        }

        foreach (int row in Order)
        {
            ref Inode inode = ref InodeOf(row);
            table.Write((ushort)((ushort)inode.Kind | inode.Permissions));
        }

        table.Pad(sizeof(uint));
    }

    private void WriteNames(TableWriter table)
    {
        int start = 0;
        foreach (int row in Order)
        {
            table.Write(start);
            start += _tree.NameOf(row).Length;
        }

        table.Write(start);
        foreach (int row in Order)
        {
            table.Write(_tree.Names[row].Parent);
        }

        ReadOnlySpan<int> first = _first.As<int>();
        foreach (int row in Order)
        {
            table.Write(first[_tree.Names[row].Inode]);
        }

        ReadOnlySpan<uint> links = _links.As<uint>();
        foreach (int row in Order)
        {
            table.Write(links[_tree.Names[row].Inode]);
        }

        foreach (int row in Order)
        {
            table.Write(_tree.NameOf(row));
        }

        table.Write(_tree.Targets.Items);
    }

    /// <summary>Orders rows by the bytes of their names.</summary>
    private readonly struct ByName(TreeBuilder tree) : IComparer<int>
    {
        public int Compare(int x, int y) => tree.NameOf(x).SequenceCompareTo(tree.NameOf(y));
    }
}
