using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Serving;

/// <summary>What a server notes in the session's journal for the one that may have to take over.</summary>
/// <param name="Directory">Where it is mounted.</param>
/// <param name="Device">Major and minor number of the mount's st_dev; null where somebody else has mounted for us.</param>
/// <param name="Shape">The settings that the mount was made with, and that no later server can change: the kernel has cached what they gave.</param>
/// <param name="Tree">Its <see cref="TreeOptions"/>, for which the same holds; empty in a note of version 0.1.0.</param>
/// <param name="Created">Directories to remove when the mount has ended, the outermost first.</param>
/// <param name="NeedsExtensions">Whether a compiler reads the headers only with -fms-extensions; null where that is not known.</param>
internal sealed record MountNote(
    string Directory, (uint Major, uint Minor)? Device, string Shape, IReadOnlyList<string> Tree, IReadOnlyList<MadeDirectory> Created, bool? NeedsExtensions)
{
    /// <summary>Raised with every change of this form.</summary>
    private const string Version = "1";

    private const char Separator = '\0';

    /// <summary>Begins what <see cref="MadeDirectory.ToString"/> never writes: version 0.1.0 passes over it.</summary>
    private const string TreePrefix = "tree ";

    /// <summary>Begins, as <see cref="TreePrefix"/>, what versions without it pass over.</summary>
    private const string ExtensionsPrefix = "extensions ";

    private const string Needed = "yes";

    /// <summary>Of a mount that this process has made, or of none that it has: then <paramref name="mount"/> is null.</summary>
    internal static MountNote Of(MountSettings settings, MountInfo? mount, IReadOnlyList<MadeDirectory> created) =>
        new(
            settings.Directory,
            mount is null ? null : (mount.Major, mount.Minor),
            ShapeOf(settings, settings.Directory),
            TreeOptions.Of(settings),
            created,
            NeedsExtensions: null);

    /// <summary>
    /// Whether a server with these settings can serve this mount on: it was made for the same tree, in the same way. A mount of version 0.1.0
    /// was, where nothing but its shape is asked for.
    /// </summary>
    internal bool Fits(MountSettings settings, string directory) =>
        string.Equals(Shape, ShapeOf(settings, directory), StringComparison.Ordinal)
        && (Tree is [] ? TreeOptions.Unusual(settings) is [] : TreeOptions.Difference(Tree, TreeOptions.Of(settings)) is null);

    /// <summary>What <paramref name="settings"/> say of a mount on <paramref name="directory"/>.</summary>
    private static string ShapeOf(MountSettings settings, string directory) => string.Create(
        CultureInfo.InvariantCulture,
        $"{settings.Source} {directory} {settings.SubDirectory} {settings.UserId}:{settings.GroupId} {settings.Umask} {settings.Flags:D} {settings.KernelOptions} {settings.AllowOther || settings.AllowRoot} {settings.FileSystemName} {settings.MaxRead} {settings.IdleSeconds}")
        + (settings.ModuleDirectory.Length > 0 ? $" {settings.ModuleDirectory}" : "");

    /// <summary>Reads what <see cref="ToBytes"/> has written; null when it is of another version.</summary>
    internal static MountNote? TryParse(ReadOnlySpan<byte> bytes)
    {
        string[] parts = PathText.FromBytes(bytes).Split(Separator);
        return parts is [Version, var directory, var major, var minor, var shape, .. var others]
            ? new MountNote(
                directory,
                DeviceOf(major, minor),
                shape,
                [.. others.Where(static o => o.StartsWith(TreePrefix, StringComparison.Ordinal)).Select(static o => o[TreePrefix.Length..])],
                [.. others.Select(MadeDirectory.TryParse).OfType<MadeDirectory>()],
                Array.Find(others, static o => o.StartsWith(ExtensionsPrefix, StringComparison.Ordinal)) is { } extensions
                    ? extensions.EndsWith(Needed, StringComparison.Ordinal)
                    : null)
            : null;
    }

    /// <summary>Text, its parts separated by zero bytes.</summary>
    internal byte[] ToBytes()
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        return PathText.GetBytes(string.Join(
            Separator,
            [
                Version, Directory, Device?.Major.ToString(invariant) ?? "", Device?.Minor.ToString(invariant) ?? "", Shape,
                .. Tree.Select(static option => TreePrefix + option),
                .. Created.Select(static directory => directory.ToString()),
                .. NeedsExtensions is { } needs ? [ExtensionsPrefix + (needs ? Needed : "no")] : Array.Empty<string>(),
            ]));
    }

    /// <summary>The mount, wherever it is by now; null when it has gone from this mount namespace.</summary>
    internal MountInfo? Find() => Device is { } device && MountInfo.AllOf(device.Major, device.Minor) is [.., var last] ? last : null;

    private static (uint Major, uint Minor)? DeviceOf(string major, string minor) =>
        uint.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out uint first)
        && uint.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out uint second)
            ? (first, second)
            : null;
}
