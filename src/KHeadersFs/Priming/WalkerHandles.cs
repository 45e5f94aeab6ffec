using System.Globalization;

namespace KHeadersFs.Priming;

/// <summary>What the walker inherits from the server, by number, in an environment variable.</summary>
/// <param name="Tree">The tree to walk.</param>
/// <param name="Socket">Brings <see cref="WalkBatch"/>es and takes a <see cref="WalkResult"/> for each.</param>
internal sealed record WalkerHandles(int Tree, int Socket)
{
    /// <summary>The environment variable.</summary>
    internal const string Variable = "KHEADERSFS_WALK";

    /// <summary>The handles that this process has been started with, or null when it is no walker.</summary>
    internal static WalkerHandles? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable)?.Split(',') is [var tree, var socket]
        && int.TryParse(tree, NumberStyles.None, CultureInfo.InvariantCulture, out int treeNumber)
        && int.TryParse(socket, NumberStyles.None, CultureInfo.InvariantCulture, out int socketNumber)
            ? new WalkerHandles(treeNumber, socketNumber)
            : null;

    /// <summary>The variable's value.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Tree},{Socket}");
}
