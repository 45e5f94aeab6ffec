namespace KHeadersFs.Archive.Tar;

/// <summary>Names of members as tar writes them: "./a/b", "a//b", "a/b/".</summary>
internal static class MemberPath
{
    /// <summary>The most bytes of UTF-8 in one component: NAME_MAX of linux/limits.h.</summary>
    internal const int MaxNameBytes = 255;

    /// <summary>
    /// The components of a member's name, none for the root. A name that is absolute or climbs with ".." is no name
    /// inside of a tree: nobody who means well writes one, so the archive is refused.
    /// </summary>
    /// <exception cref="ArchiveException">The name leads out of the tree.</exception>
    internal static string[] Split(string name)
    {
        string[] parts = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (name.StartsWith('/') || parts.Contains("..", StringComparer.Ordinal))
        {
            throw new ArchiveException($"has a member that leads out of its tree, \"{Printable(name)}\"; make the archive with names below \"./\"");
        }

        return parts.Contains(".", StringComparer.Ordinal) ? [.. parts.Where(static p => p is not ".")] : parts;
    }

    /// <summary>A name as it may stand in a one-line message: control characters become "?", the middle is cut out of a long one.</summary>
    internal static string Printable(string name)
    {
        string line = string.Concat(name.Select(static c => char.IsControl(c) ? '?' : c));
        return line.Length <= 120 ? line : $"{line[..80]}...{line[^36..]}";
    }
}
