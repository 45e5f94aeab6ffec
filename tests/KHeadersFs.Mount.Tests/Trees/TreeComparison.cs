using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Compares a mounted tree with the tree that tar unpacks from the same archive.</summary>
internal sealed class TreeComparison
{
    private readonly ReferenceTree _reference;
    private readonly TreeSnapshot _actual;
    private readonly ILookup<ulong, string> _expectedNames;
    private readonly ILookup<ulong, string> _actualNames;
    private readonly List<string> _differences = [];

    private TreeComparison(ReferenceTree reference, TreeSnapshot actual)
    {
        _reference = reference;
        _actual = actual;
        _expectedNames = reference.Tree.NamesByInode();
        _actualNames = actual.NamesByInode();
    }

    /// <summary>Fails with the first differences unless the mount is what tar unpacks, and what SharpCompress reads.</summary>
    internal static void AssertEqual(ReferenceTree reference, TreeSnapshot actual)
    {
        string[] differences = [.. Differences(reference, actual), .. IndependentTree.Of(reference.Archive).Differences(actual)];
        Assert.True(
            differences.Length == 0, $"{differences.Length} differences:\n{string.Join('\n', differences.Take(20))}");
    }

    internal static IReadOnlyList<string> Differences(ReferenceTree reference, TreeSnapshot actual)
    {
        var comparison = new TreeComparison(reference, actual);
        comparison.Compare();
        return comparison._differences;
    }

    private static bool IsServed(TreeEntry entry) => entry.IsDirectory || entry.IsFile || entry.IsLink;

    private void Compare()
    {
        foreach (TreeEntry expected in _reference.Tree.Entries.Values.Where(IsServed))
        {
            if (_actual.Entries.TryGetValue(expected.Path, out TreeEntry? actual))
            {
                Compare(expected, actual);
            }
            else
            {
                _differences.Add($"{expected.Path}: missing");
            }
        }

        foreach (string path in _actual.Entries.Keys)
        {
            if (!_reference.Tree.Entries.TryGetValue(path, out TreeEntry? expected) || !IsServed(expected))
            {
                _differences.Add($"{path}: not in the archive");
            }
        }
    }

    private void Compare(TreeEntry expected, TreeEntry actual)
    {
        if (expected.Type != actual.Type)
        {
            _differences.Add($"{expected.Path}: {actual.Type}, not {expected.Type}");
            return;
        }

        // Files: a+rX without write bits.
        bool executable = (expected.Permissions & 0x49) != 0;
        uint permissions = expected.IsLink ? Octal(0, 7, 7, 7) : expected.IsDirectory ? Octal(0, 7, 5, 5)
            : executable ? Octal(0, 5, 5, 5) : Octal(0, 4, 4, 4);
        Same(expected.Path, "mode", Convert.ToString(permissions, 8), Convert.ToString(actual.Permissions, 8));
        Same(expected.Path, "owner", (Syscall.geteuid(), Syscall.getegid()), (actual.Stat.st_uid, actual.Stat.st_gid));
        if (_reference.Members.Contains(expected.Path))
        {
            Same(
                expected.Path, "modification time",
                (expected.Stat.st_mtime, expected.Stat.st_mtime_nsec), (actual.Stat.st_mtime, actual.Stat.st_mtime_nsec));
        }

        if (expected.IsDirectory)
        {
            // 1 means "not counted" to find(1) and fts(3); any other figure must be right.
            if (actual.Stat.st_nlink != 1)
            {
                Same(expected.Path, "links", expected.Stat.st_nlink, actual.Stat.st_nlink);
            }

            return;
        }

        Same(expected.Path, "size", expected.Stat.st_size, actual.Stat.st_size);
        Same(expected.Path, "link target", expected.LinkTarget, actual.LinkTarget);
        if (expected.IsFile)
        {
            Same(expected.Path, "links", expected.Stat.st_nlink, actual.Stat.st_nlink);
            Same(
                expected.Path, "other names", string.Join(' ', _expectedNames[expected.Stat.st_ino]),
                string.Join(' ', _actualNames[actual.Stat.st_ino]));
            Same(
                expected.Path, "content", null, FileBytes.Difference(_reference.Tree.FullPath(expected), _actual.FullPath(actual)));
        }
    }

    private static uint Octal(uint special, uint user, uint group, uint other) =>
        (special << 9) | (user << 6) | (group << 3) | other;

    private void Same<T>(string path, string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            _differences.Add($"{path}: {what} {actual}, not {expected}");
        }
    }
}
