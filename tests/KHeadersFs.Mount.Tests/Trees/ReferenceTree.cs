namespace KHeadersFs.Mount.Tests;

/// <summary>An archive unpacked by tar: what the mount of the same archive must look like.</summary>
internal sealed class ReferenceTree
{
    // An unpacked archive takes 42 MB of memory: one is kept, for the tests that follow each other on the same archive.
    private static (string Archive, ReferenceTree Tree)? _last;

    private ReferenceTree(string archive)
    {
        Archive = archive;
        string root = Path.Combine(ScratchSpace.Root, "reference");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Directory.CreateDirectory(root);

        // Delayed: with members in any order, tar would touch a directory again after it has set its time.
        string[] unpacked = ProcessRun.Of(["tar", "--delay-directory-restore", "-xpvf", archive, "-C", root, "--quoting-style=literal"])
            .Succeeded().Output.Split('\n');
        Tree = TreeSnapshot.Of(root);
        Members = unpacked.Where(static name => name.Length > 0).Select(Relative).ToHashSet(StringComparer.Ordinal);
    }

    internal string Archive { get; }

    internal TreeSnapshot Tree { get; }

    /// <summary>The paths that the archive names; a directory that it does not name has no time of its own.</summary>
    internal IReadOnlySet<string> Members { get; }

    /// <summary>The unpacked tree of an archive; it stands until another archive is asked for.</summary>
    internal static ReferenceTree Of(string archive)
    {
        if (_last is not { } last || !string.Equals(last.Archive, archive, StringComparison.Ordinal))
        {
            _last = last = (archive, new ReferenceTree(archive));
        }

        return last.Tree;
    }

    private static string Relative(string name)
    {
        string trimmed = name.TrimEnd('/');
        return trimmed is "." ? string.Empty : trimmed.StartsWith("./", StringComparison.Ordinal) ? trimmed[2..] : trimmed;
    }
}
