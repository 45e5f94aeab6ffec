using System.Globalization;

namespace KHeadersFs.Serving;

/// <summary>
/// What a server inherits from the process that mounted, by number. It travels in an environment variable, so that the
/// server's command line stays the one that the user wrote.
/// </summary>
/// <param name="Device">/dev/fuse, mounted.</param>
/// <param name="Store">The store.</param>
/// <param name="Ready">A pipe that takes one byte when the mount answers, or -1.</param>
/// <param name="Tree">A copy of the mount, attached nowhere, for -o prime to walk; or -1.</param>
/// <param name="Created">Directories to remove when the mount has ended, the outermost first.</param>
internal sealed record ServerHandles(int Device, int Store, int Ready, int Tree, IReadOnlyList<string> Created)
{
    /// <summary>The environment variable.</summary>
    internal const string Variable = "KHEADERSFS_SERVE";

    /// <summary>Stands between the parts; no absolute path without its leading slash holds it.</summary>
    private const string Separator = "//";

    /// <summary>The handles that this process has been started with, or null when it is not a server.</summary>
    internal static ServerHandles? FromEnvironment()
    {
        string[]? parts = Environment.GetEnvironmentVariable(Variable)?.Split(Separator);
        return parts is { Length: >= 4 }
            && TryParse(parts[0], out int device)
            && TryParse(parts[1], out int store)
            && TryParse(parts[2], out int ready)
            && TryParse(parts[3], out int tree)
            ? new ServerHandles(device, store, ready, tree, [.. parts[4..].Select(static p => "/" + p)])
            : null;
    }

    /// <summary>True for a descriptor that the server needs, apart from the standard streams.</summary>
    internal bool Includes(int descriptor) =>
        descriptor == Device || descriptor == Store || descriptor == Ready || descriptor == Tree;

    /// <summary>The variable's value.</summary>
    public override string ToString()
    {
        IEnumerable<string> numbers = ((int[])[Device, Store, Ready, Tree]).Select(static n => n.ToString(CultureInfo.InvariantCulture));
        return string.Join(Separator, numbers.Concat(Created.Select(static p => p[1..])));
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
