using System.Runtime.InteropServices;
using System.Text;

namespace KHeadersFs.Archive.Tree;

/// <summary>Makes the <see cref="NodeTable"/> of a finished tree: breadth first, names sorted by their UTF-8 bytes.</summary>
internal sealed class TreeFreezer
{
    private readonly record struct Entry(byte[] Name, TreeNode Node, int Parent);

    private readonly List<Entry> _entries;
    private readonly List<(int First, int Count)> _children;

    private TreeFreezer(int nodes)
    {
        _entries = new List<Entry>(nodes);
        _children = new List<(int First, int Count)>(nodes);
    }

    /// <summary>The table of <paramref name="tree"/>, which is complete.</summary>
    internal static NodeTable Freeze(TreeBuilder tree)
    {
        var freezer = new TreeFreezer(tree.Nodes);
        freezer.Order(tree.Root);
        return freezer.Fill();
    }

    private void Order(TreeNode root)
    {
        _entries.Add(new Entry([], root, 0));
        for (int i = 0; i < _entries.Count; i++)
        {
            TreeNode node = _entries[i].Node;
            if (node.Number < 0)
            {
                node.Number = i;
            }

            _children.Add((_entries.Count, node.Children?.Count ?? 0));
            if (node.Children is not { Count: > 0 } children)
            {
                continue;
            }

            int first = _entries.Count;
            foreach ((string name, TreeNode child) in children)
            {
                _entries.Add(new Entry(Encoding.UTF8.GetBytes(name), child, i));
            }

            CollectionsMarshal.AsSpan(_entries)[first..].Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        }
    }

    private NodeTable Fill()
    {
        int names = _entries.Sum(e => e.Name.Length);
        int targets = _entries.Sum(e => Encoding.UTF8.GetByteCount(e.Node.Target));
        var table = new NodeTable(_entries.Count, names + targets);
        int name = 0;
        int target = names;
        for (int i = 0; i < _entries.Count; i++)
        {
            Entry entry = _entries[i];
            FillCommon(table, i, entry);
            table.NameStarts[i] = (uint)name;
            entry.Name.CopyTo(table.Text[name..]);
            name += entry.Name.Length;
            switch (entry.Node.Kind)
            {
                case NodeKind.Directory:
                    table.Positions[i] = (ulong)_children[i].First;
                    table.Sizes[i] = (ulong)_children[i].Count;
                    break;
                case NodeKind.Symlink:
                    int length = Encoding.UTF8.GetBytes(entry.Node.Target, table.Text[target..]);
                    table.Positions[i] = (ulong)target;
                    table.Sizes[i] = (ulong)length;
                    target += length;
                    break;
                default:
                    table.Positions[i] = entry.Node.Position;
                    table.Sizes[i] = entry.Node.Size;
                    break;
            }
        }

        table.NameStarts[_entries.Count] = (uint)name;
        CountLinks(table);
        return table;
    }

    private static void FillCommon(NodeTable table, int i, Entry entry)
    {
        table.Parents[i] = (uint)entry.Parent;
        table.Inodes[i] = (uint)entry.Node.Number;
        table.Modes[i] = (ushort)((ushort)entry.Node.Kind | entry.Node.Permissions);
        table.ModifiedSecondsOf[i] = entry.Node.ModifiedSeconds;
        table.ModifiedNanosecondsOf[i] = entry.Node.ModifiedNanoseconds;
    }

    /// <summary>A file has a link per name; a directory one in its parent, its own "." and the ".." of each subdirectory.</summary>
    private static void CountLinks(NodeTable table)
    {
        table.LinkCounts.Clear();
        for (int i = 0; i < table.Count; i++)
        {
            bool directory = table.Kind(i) == NodeKind.Directory;
            table.LinkCounts[(int)table.Inodes[i]] += directory ? 2u : 1u;
            if (directory && i > 0)
            {
                table.LinkCounts[(int)table.Parents[i]]++;
            }
        }

        for (int i = 0; i < table.Count; i++)
        {
            table.LinkCounts[i] = table.LinkCounts[(int)table.Inodes[i]];
        }
    }
}
