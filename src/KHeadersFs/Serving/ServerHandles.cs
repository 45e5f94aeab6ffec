using KHeadersFs.Mounting;

namespace KHeadersFs.Serving;

/// <summary>What one of the two processes of a mount is told by the other when it is started, besides its command line.</summary>
/// <param name="Socket">The number of the socket, over which descriptors come later.</param>
/// <param name="Created">Directories to remove when the mount has ended, the outermost first.</param>
internal sealed record ServerHandles(int Socket, IReadOnlyList<MadeDirectory> Created)
{
    /// <summary>Stands between the parts; no absolute path without a slash at its end holds it.</summary>
    private const string Separator = "//";

    /// <summary>From the message that <see cref="TextOf"/> is the text of.</summary>
    internal static ServerHandles Parse(StartMessage start) => new(
        start.Number,
        [.. start.Text.Split(Separator, StringSplitOptions.RemoveEmptyEntries).Select(MadeDirectory.TryParse).OfType<MadeDirectory>()]);

    /// <summary>As text.</summary>
    internal static string TextOf(IReadOnlyList<MadeDirectory> created) => string.Join(Separator, created);
}
