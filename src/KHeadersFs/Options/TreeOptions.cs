using System.Globalization;

namespace KHeadersFs.Options;

/// <summary>
/// The options that change the tree: what is in it, and how each node of it looks. By this one list a mount that is there is told from
/// the one that is asked for, and a server takes over or does not. What of it decides on the store is in the name of a kept store too
/// (<see cref="Archive.ArchiveLimits.LeavingOut"/>, and the suffix of the view).
/// </summary>
internal static class TreeOptions
{
    /// <summary>All of them that have a value, each as -o takes it. A word such as "uapi" is there if it was given.</summary>
    internal static IReadOnlyList<string> Of(MountSettings settings)
    {
        // As SubTree passes over them.
        string subdirectory = string.Join(
            '/', settings.SubDirectory.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static name => name is not "."));
        return
        [
            .. settings.Uapi ? ["uapi"] : Array.Empty<string>(),
            .. settings.Kbuild ? ["kbuild"] : Array.Empty<string>(),
            .. subdirectory.Length > 0 ? [$"subdir={subdirectory}"] : Array.Empty<string>(),
            string.Create(CultureInfo.InvariantCulture, $"uid={settings.UserId}"),
            string.Create(CultureInfo.InvariantCulture, $"gid={settings.GroupId}"),
            $"umask={Convert.ToString(settings.Umask, 8)}",
            .. settings.Limits.LeavingOut.Select(static limit => string.Create(CultureInfo.InvariantCulture, $"{limit.Option}={limit.Value}")),
        ];
    }

    /// <summary>Those that settings have and a user would not get without options.</summary>
    internal static IReadOnlyList<string> Unusual(MountSettings settings) => [.. Of(settings).Except(Of(new MountSettings()), StringComparer.Ordinal)];

    /// <summary>The first in which one tree differs from another, to follow "is mounted"; null when they are the same.</summary>
    /// <param name="there">The options of what is mounted.</param>
    /// <param name="wanted">The options of what is asked for.</param>
    internal static string? Difference(IReadOnlyList<string> there, IReadOnlyList<string> wanted)
    {
        string? other = there.Except(wanted, StringComparer.Ordinal).FirstOrDefault();
        string? missing = wanted.Except(there, StringComparer.Ordinal)
            .FirstOrDefault(option => other is null || string.Equals(NameOf(option), NameOf(other), StringComparison.Ordinal));
        return (other, missing) switch
        {
            (null, null) => null,
            (null, _) => $"without {missing}",
            (_, null) => $"with {other}",
            _ => $"with {other} and not {missing}",
        };
    }

    private static string NameOf(string option) => option.Split('=', 2)[0];
}
