namespace KHeadersFs.Serving;

/// <summary>What a server is told when it is started, besides its command line. Its descriptors come later, over the socket.</summary>
/// <param name="Created">Directories to remove when the mount has ended, the outermost first.</param>
internal sealed record ServerHandles(IReadOnlyList<string> Created)
{
    /// <summary>Stands between the parts; no absolute path without its leading slash holds it.</summary>
    private const string Separator = "//";

    /// <summary>From what <see cref="ToString"/> has made.</summary>
    internal static ServerHandles Parse(string text) =>
        new([.. text.Split(Separator, StringSplitOptions.RemoveEmptyEntries).Select(static p => "/" + p)]);

    /// <summary>As text.</summary>
    public override string ToString() => string.Join(Separator, Created.Select(static p => p[1..]));
}
