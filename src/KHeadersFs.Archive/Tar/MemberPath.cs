namespace KHeadersFs.Archive.Tar;

/// <summary>
/// The components of a member's name as tar writes it, "./a/b", "a//b" or "a/b/"; none for the root. Taken from the front one after
/// the other; a copy starts where this one stands.
/// </summary>
internal ref struct MemberPath
{
    /// <summary>The most bytes of UTF-8 in one component: NAME_MAX of linux/limits.h.</summary>
    internal const int MaxNameBytes = 255;

    private ReadOnlySpan<char> _rest;

    private MemberPath(ReadOnlySpan<char> name) => _rest = name;

    /// <summary>
    /// The path that <paramref name="name"/> means. A name that is absolute or climbs with ".." is no name inside of a tree:
    /// nobody who means well writes one, so the archive is refused.
    /// </summary>
    /// <exception cref="ArchiveException">The name leads out of the tree.</exception>
    internal static MemberPath Of(string name)
    {
        var path = new MemberPath(name);
        bool leadsOut = name.StartsWith('/');
        for (MemberPath rest = path; rest.TryTake(out ReadOnlySpan<char> part);)
        {
            leadsOut |= part is "..";
        }

        return leadsOut
            ? throw new ArchiveException($"has a member that leads out of its tree, \"{Printable(name)}\"; make the archive with names below \"./\"")
            : path;
    }

    /// <summary>Takes the next component; false at the end.</summary>
    internal bool TryTake(out ReadOnlySpan<char> part)
    {
        while (_rest.Length > 0)
        {
            int slash = _rest.IndexOf('/');
            part = slash < 0 ? _rest : _rest[..slash];
            _rest = slash < 0 ? [] : _rest[(slash + 1)..];
            if (part is not ("" or "."))
            {
                return true;
            }
        }

        part = [];
        return false;
    }

    /// <summary>A name as it may stand in a one-line message: control characters become "?", the middle is cut out of a long one.</summary>
    internal static string Printable(string name)
    {
        string line = string.Concat(name.Select(static c => char.IsControl(c) ? '?' : c));
        return line.Length <= 120 ? line : $"{line[..80]}...{line[^36..]}";
    }
}
