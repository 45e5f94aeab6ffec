using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Priming;

/// <summary>What is worth knowing before somebody asks: all names, the absent ones that compilers try, the usual headers.</summary>
internal sealed class PrimePlan
{
    /// <summary>
    /// The largest file that is read, in bytes. Not less: sched.h, mm.h, fs.h, skbuff.h and netdevice.h have 70 to 170 KB. What is
    /// larger still describes one device or one protocol.
    /// </summary>
    private const int LargestFile = 256 * 1024;

    private static readonly long s_pageSize = Environment.SystemPageSize;

    /// <summary>
    /// Directories that LINUXINCLUDE names (the kernel's Makefile), in its order, below arch/*/ and at the top. A header is tried
    /// in one after the other: it is absent from those before the one that has it.
    /// </summary>
    private static readonly string[] s_includeFolders =
        ["arch/*/include", "arch/*/include/generated", "include", "arch/*/include/uapi", "arch/*/include/generated/uapi", "include/uapi", "include/generated/uapi"];

    /// <summary>Whose files are read: what headers of programs reach. Those of drivers are not among them.</summary>
    private static readonly string[] s_readFolders =
        ["arch/*/include", "include/asm-generic", "include/generated", "include/linux", "include/net", "include/uapi", "include/vdso"];

    private readonly NodeTable _nodes;
    private readonly int _root;
    private readonly List<(int Directory, int NameOf)> _absent = [];

    /// <summary>A plan for the tree below <paramref name="root"/>.</summary>
    internal PrimePlan(NodeTable nodes, int root)
    {
        _nodes = nodes;
        _root = root;
        Directories = [.. Enumerable.Range(0, nodes.Count).Where(n => nodes.Kind(n) == NodeKind.Directory && IsServed(n))];
        Files = [.. ChooseFiles().OrderBy(nodes.BodyPosition)];
        int[] folders = [.. Find(s_includeFolders)];
        for (int i = 1; i < folders.Length; i++)
        {
            AddAbsent(folders[i], folders.AsSpan(0, i));
        }
    }

    /// <summary>All directories, parents first.</summary>
    internal IReadOnlyList<int> Directories { get; }

    /// <summary>Directories, and nodes whose names they lack.</summary>
    internal IReadOnlyList<(int Directory, int NameOf)> Absent => _absent;

    /// <summary>Files to be read, in the order of their bodies: each block of the store is decoded once.</summary>
    internal IReadOnlyList<int> Files { get; }

    /// <summary>The name that is absent at <paramref name="index"/> of <see cref="Absent"/>.</summary>
    internal ReadOnlySpan<byte> NameOf(int index) => _nodes.Name(_absent[index].NameOf);

    /// <summary>Bytes of page cache that a file takes.</summary>
    internal long PageBytes(int file) => ((long)_nodes.Size(file) + s_pageSize - 1) / s_pageSize * s_pageSize;

    private IEnumerable<int> ChooseFiles()
    {
        bool[] chosen = new bool[_nodes.Count];
        foreach (int folder in Find(s_readFolders))
        {
            chosen[folder] = true;
        }

        // Parents come before children.
        for (int node = 1; node < chosen.Length; node++)
        {
            chosen[node] |= chosen[_nodes.Parent(node)];
            if (chosen[node] && _nodes.Kind(node) == NodeKind.File && _nodes.Inode(node) == node
                && _nodes.Size(node) is > 0 and <= LargestFile && IsServed(node))
            {
                yield return node;
            }
        }
    }

    /// <summary>For each name below <paramref name="folder"/>: where a search through the earlier folders does not find it.</summary>
    private void AddAbsent(int folder, ReadOnlySpan<int> earlier)
    {
        int last = _nodes.FirstChild(folder) + _nodes.ChildCount(folder);
        int[] below = new int[earlier.Length];
        for (int child = _nodes.FirstChild(folder); child < last; child++)
        {
            int deeper = 0;
            foreach (int directory in earlier)
            {
                int found = _nodes.Lookup(directory, _nodes.Name(child));
                if (found < 0 && IsServed(directory))
                {
                    _absent.Add((directory, child));
                }
                else if (found >= 0 && _nodes.Kind(found) == NodeKind.Directory)
                {
                    below[deeper++] = found;
                }
            }

            if (deeper > 0 && _nodes.Kind(child) == NodeKind.Directory)
            {
                AddAbsent(child, below.AsSpan(0, deeper));
            }
        }
    }

    private IEnumerable<int> Find(IEnumerable<string> folders)
    {
        int arch = _nodes.Lookup(0, "arch"u8);
        int[] architectures = arch < 0 || _nodes.Kind(arch) != NodeKind.Directory
            ? []
            : [.. Enumerable.Range(_nodes.FirstChild(arch), _nodes.ChildCount(arch)).Where(n => _nodes.Kind(n) == NodeKind.Directory)];
        foreach (string folder in folders)
        {
            bool isOfArchitecture = folder.StartsWith("arch/*/", StringComparison.Ordinal);
            foreach (int start in isOfArchitecture ? architectures : [0])
            {
                if (Serving.SubTree.Find(_nodes, isOfArchitecture ? folder["arch/*/".Length..] : folder, start) is { } node)
                {
                    yield return node;
                }
            }
        }
    }

    private bool IsServed(int node)
    {
        while (node != _root && node != 0)
        {
            node = _nodes.Parent(node);
        }

        return node == _root;
    }
}
