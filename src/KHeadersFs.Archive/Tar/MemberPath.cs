namespace KHeadersFs.Archive.Tar;

/// <summary>
/// The components of a member's name as tar writes it, "./a/b", "a//b" or "a/b/"; none for the root. They are bytes, in no encoding.
/// Taken from the front one after the other; a copy starts where this one stands.
/// </summary>
internal ref struct MemberPath
{
    /// <summary>The most bytes of one component: NAME_MAX of linux/limits.h.</summary>
    internal const int MaxComponentBytes = 255;

    private ReadOnlySpan<byte> _rest;

    private MemberPath(ReadOnlySpan<byte> name) => _rest = name;

    /// <summary>The path that <paramref name="name"/> means.</summary>
    internal static MemberPath Of(ReadOnlySpan<byte> name) => new(name);

    /// <summary>
    /// Whether <paramref name="name"/> is absolute or climbs with "..". That is no name inside of a tree: nobody who means well writes one.
    /// </summary>
    internal static bool LeadsOut(ReadOnlySpan<byte> name)
    {
        bool leadsOut = name is [(byte)'/', ..];
        for (MemberPath rest = Of(name); rest.TryTake(out ReadOnlySpan<byte> part);)
        {
            leadsOut |= part is [(byte)'.', (byte)'.'];
        }

        return leadsOut;
    }

    /// <summary>Whether no component is left.</summary>
    internal readonly bool IsRoot
    {
        get
        {
            MemberPath rest = this;
            return !rest.TryTake(out _);
        }
    }

    /// <summary>Takes the next component; false at the end.</summary>
    internal bool TryTake(out ReadOnlySpan<byte> part)
    {
        while (_rest.Length > 0)
        {
            int slash = _rest.IndexOf((byte)'/');
            part = slash < 0 ? _rest : _rest[..slash];
            _rest = slash < 0 ? [] : _rest[(slash + 1)..];
            if (part is not ([] or [(byte)'.']))
            {
                return true;
            }
        }

        part = [];
        return false;
    }
}
