namespace KHeadersFs.Mount.Tests;

/// <summary>Every name of a tree with its attributes; the bytes stay where they are and are read when compared.</summary>
internal sealed class TreeSnapshot
{
    private TreeSnapshot(string root, SortedDictionary<string, TreeEntry> entries)
    {
        Root = root;
        Entries = entries;
    }

    internal string Root { get; }

    /// <summary>Entries by path relative to the root; the root itself is the empty path.</summary>
    internal IReadOnlyDictionary<string, TreeEntry> Entries { get; }

    internal IEnumerable<TreeEntry> Files => Entries.Values.Where(static entry => entry.IsFile);

    internal static TreeSnapshot Of(string root)
    {
        var entries = new SortedDictionary<string, TreeEntry>(StringComparer.Ordinal);
        Add(root, string.Empty, entries);
        return new TreeSnapshot(root, entries);
    }

    internal string FullPath(TreeEntry entry) => Path.Combine(Root, entry.Path);

    /// <summary>All names of one inode, so that hard links can be compared between trees with other inode numbers.</summary>
    internal ILookup<ulong, string> NamesByInode() =>
        Entries.Values.Where(static entry => entry.IsFile).ToLookup(static entry => entry.Stat.st_ino, static entry => entry.Path);

    private static void Add(string root, string path, SortedDictionary<string, TreeEntry> entries)
    {
        var entry = TreeEntry.Read(root, path);
        if (!entries.TryAdd(path, entry))
        {
            throw new IOException($"{path} is listed twice");
        }

        if (!entry.IsDirectory)
        {
            return;
        }

        foreach (string child in Directory.EnumerateFileSystemEntries(Path.Combine(root, path)))
        {
            Add(root, Path.Combine(path, Path.GetFileName(child)), entries);
        }
    }
}
