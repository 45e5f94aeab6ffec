using System.Globalization;
using KHeadersFs.Mounting;

namespace KHeadersFs.Serving;

/// <summary>
/// What one of the two processes of a mount is started with by the other. It travels in an environment variable, so that the command
/// line stays the one that the user wrote. Descriptors come later, over the socket.
/// </summary>
/// <param name="Role">Which of the two it is.</param>
/// <param name="Socket">The number of the socket, inherited.</param>
/// <param name="Created">Directories to remove when the mount has ended, the outermost first.</param>
internal sealed record ServerHandles(ProcessRole Role, int Socket, IReadOnlyList<MadeDirectory> Created)
{
    /// <summary>The environment variable.</summary>
    internal const string Variable = "KHEADERSFS_SERVE";

    /// <summary>Stands between the parts; no absolute path without a slash at its end holds it.</summary>
    private const string Separator = "//";

    /// <summary>The handles that this process has been started with, or null when it was started by a user.</summary>
    internal static ServerHandles? FromEnvironment()
    {
        string[]? parts = Environment.GetEnvironmentVariable(Variable)?.Split(Separator);
        return parts is [{ Length: > 1 } head, .. var created]
            && int.TryParse(head.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new ServerHandles((ProcessRole)head[0], number, [.. created.Select(MadeDirectory.TryParse).OfType<MadeDirectory>()])
            : null;
    }

    /// <summary>The variable's value.</summary>
    public override string ToString() =>
        string.Join(Separator, Created.Select(static d => d.ToString()).Prepend(string.Create(CultureInfo.InvariantCulture, $"{(char)Role}{Socket}")));
}
