namespace KHeadersFs.Mounting;

/// <summary>A directory that -o mkdir has made, to be removed after the mount.</summary>
/// <param name="Path">Where it was made: absolute, without symbolic links.</param>
/// <param name="Identity">Which it is: what stands there later may be somebody else's.</param>
internal sealed record MadeDirectory(string Path, FileIdentity Identity)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    internal static MadeDirectory? TryParse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && FileIdentity.TryParse(text[..slash]) is { } identity ? new MadeDirectory(text[slash..], identity) : null;
    }

    /// <summary>The identity and the path, which tells where the identity ends.</summary>
    public override string ToString() => $"{Identity}{Path}";
}
