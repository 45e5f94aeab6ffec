using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Mounting;

namespace KHeadersFs.Doctor;

/// <summary>
/// Whether what is in a directory are the headers of the kernel that runs. All looks of one run are kept: several checks ask about the same directories, and
/// each look may take seconds.
/// </summary>
/// <param name="release">As uname -r says.</param>
internal sealed class TreeChecks(string release)
{
    /// <summary>How many options a sentence names.</summary>
    private const int NamedOptions = 3;

    private readonly Dictionary<string, TreeLook> _looks = new(StringComparer.Ordinal);
    private readonly KernelTruth _truth = new(release);

    /// <summary>The kernel that runs.</summary>
    internal string Release => release;

    /// <summary>What is in a directory.</summary>
    internal TreeLook Look(string directory)
    {
        if (!_looks.TryGetValue(directory, out TreeLook? look))
        {
            look = TreeLook.Of(directory);
            _looks.Add(directory, look);
        }

        return look;
    }

    /// <summary>A problem for all that cannot be used, with what is wrong.</summary>
    internal Verdict Judge(TreeLook look) => look switch
    {
        { IsArmed: true } => new Verdict(FindingState.Ok, "is armed: the first look mounts"),
        { Tree.IsUsable: true } => JudgeContents(look),
        _ => new Verdict(FindingState.Problem, look.Description),
    };

    /// <summary>Whether generated headers are the running kernel's: its release, and its configuration, by which structures have their members.</summary>
    internal Verdict JudgeContents(TreeLook look)
    {
        if (look.Release is null)
        {
            return new Verdict(FindingState.Ok, "does not name its kernel");
        }

        if (!string.Equals(look.Release, release, StringComparison.Ordinal))
        {
            return new Verdict(FindingState.Problem, $"is of kernel {look.Release}, and {release} runs");
        }

        return look.Configuration is { } configuration && !IsOwnArchive(look.Mount) && _truth.Found is { } own
            && KernelMacros.OfHeader(configuration).DifferencesFrom(own.Macros) is [_, ..] names
            ? new Verdict(
                FindingState.Problem,
                $"is of this kernel's release and of another configuration: {own.Name} has the kernel's own, and {Count(names)} ({Named(names)})")
            : new Verdict(FindingState.Ok, "is of this kernel");
    }

    /// <summary>A mount of the kernel's own archive has nothing else to be compared with.</summary>
    private static bool IsOwnArchive(MountInfo? mount) =>
        mount is { Source: "kheaders" } && ExistingMount.IsOfProgram(mount) && ExistingMount.IsTrusted(mount);

    private static string Count(IReadOnlyList<string> names) => names.Count == 1 ? "1 option differs" : $"{names.Count} options differ";

    private static string Named(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(NamedOptions)) + (names.Count > NamedOptions ? ", ..." : "");
}
