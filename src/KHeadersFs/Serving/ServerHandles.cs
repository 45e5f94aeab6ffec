using System.Globalization;

namespace KHeadersFs.Serving;

/// <summary>
/// What a server is started with. It travels in an environment variable, so that the server's command line stays the one that the
/// user wrote. Its descriptors come later, over the socket.
/// </summary>
/// <param name="Socket">The number of the socket, inherited.</param>
/// <param name="Created">Directories to remove when the mount has ended, the outermost first.</param>
internal sealed record ServerHandles(int Socket, IReadOnlyList<string> Created)
{
    /// <summary>The environment variable.</summary>
    internal const string Variable = "KHEADERSFS_SERVE";

    /// <summary>Stands between the parts; no absolute path without its leading slash holds it.</summary>
    private const string Separator = "//";

    /// <summary>The handles that this process has been started with, or null when it is not a server.</summary>
    internal static ServerHandles? FromEnvironment()
    {
        string[]? parts = Environment.GetEnvironmentVariable(Variable)?.Split(Separator);
        return parts is [var socket, .. var created]
            && int.TryParse(socket, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new ServerHandles(number, [.. created.Select(static p => "/" + p)])
            : null;
    }

    /// <summary>The variable's value.</summary>
    public override string ToString() =>
        string.Join(Separator, Created.Select(static p => p[1..]).Prepend(Socket.ToString(CultureInfo.InvariantCulture)));
}
