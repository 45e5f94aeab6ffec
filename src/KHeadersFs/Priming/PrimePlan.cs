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
    private readonly bool[] _isServed; // of each node: below the root
    private readonly List<(int Directory, int NameOf)> _absent = [];

    /// <summary>A plan for the tree below <paramref name="root"/>.</summary>
    internal PrimePlan(NodeTable nodes, int root)
    {
        _nodes = nodes;
        _isServed = Below([root]);
        Directories = [.. Enumerable.Range(0, nodes.Count).Where(n => nodes.Kind(n) == NodeKind.Directory && _isServed[n])];
        Files = [.. ChooseFiles().OrderBy(nodes.BodyPosition)];
        AddAbsent([.. Find(s_includeFolders)]);
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
        bool[] chosen = Below(Find(s_readFolders));
        return Enumerable.Range(0, chosen.Length).Where(node => chosen[node] && _isServed[node]
            && _nodes.Kind(node) == NodeKind.File && _nodes.Inode(node) == node && _nodes.Size(node) is > 0 and <= LargestFile);
    }

    /// <summary>Of each node, whether it is one of <paramref name="directories"/> or below one.</summary>
    private bool[] Below(IEnumerable<int> directories)
    {
        bool[] below = new bool[_nodes.Count];
        foreach (int directory in directories)
        {
            below[directory] = true;
        }

        // Parents come before children.
        for (int node = 1; node < below.Length; node++)
        {
            below[node] |= below[_nodes.Parent(node)];
        }

        return below;
    }

    /// <summary>
    /// For each name below one of <paramref name="folders"/>: where a search through the earlier ones does not find it. What is left to be
    /// looked through is kept in a list of its own, since a tree may be deeper than the stack of a thread.
    /// </summary>
    private void AddAbsent(int[] folders)
    {
        var left = new Stack<(int Folder, int[] Earlier)>();
        for (int i = folders.Length - 1; i > 0; i--)
        {
            left.Push((folders[i], folders[..i]));
        }

        while (left.TryPop(out (int Folder, int[] Earlier) next))
        {
            int first = _nodes.FirstChild(next.Folder);
            for (int child = first; child < first + _nodes.ChildCount(next.Folder); child++)
            {
                int[] below = AddAbsent(child, next.Earlier);
                if (below.Length > 0)
                {
                    left.Push((child, below));
                }
            }
        }
    }

    /// <summary>The same for one name; returns the directories of that name in the earlier folders, if it is one itself.</summary>
    private int[] AddAbsent(int child, int[] earlier)
    {
        List<int>? below = null;
        foreach (int directory in earlier)
        {
            int found = _nodes.Lookup(directory, _nodes.Name(child));
            if (found < 0 && _isServed[directory])
            {
                _absent.Add((directory, child));
            }
            else if (found >= 0 && _nodes.Kind(found) == NodeKind.Directory && _nodes.Kind(child) == NodeKind.Directory)
            {
                (below ??= []).Add(found);
            }
        }

        return below?.ToArray() ?? [];
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
}
