using KHeadersFs.Fuse;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>What goes wrong for others when headers appear on a directory: refused, or warned about with what to do.</summary>
internal static class Hazards
{
    private const string DkmsTree = "/var/lib/dkms";

    private static readonly string[] s_signs = ["include/linux/kconfig.h", "Makefile"];

    /// <summary>Whether DKMS has modules to build for every kernel.</summary>
    internal static bool HasDkmsModules => IsNotEmpty(DkmsTree);

    /// <summary>What shows that a directory holds a kernel's headers, or its build directory; null if nothing does.</summary>
    internal static string? SignOfHeaders(string directory) => Array.Find(s_signs, f => PosixFile.Exists($"{directory}/{f}"));

    /// <summary>The mount around a directory, if it keeps what is mounted there in this mount namespace, as a container's volume does; else null.</summary>
    internal static string? UnsharedAround(string directory) =>
        MountInfo.Around(directory) is { IsShared: false } around && (around.Root is not "/" || !IsNamespaceOfProcess1()) ? around.Directory : null;

    /// <summary>Looks at the mount point before anything is mounted there.</summary>
    /// <exception cref="ProgramException">It holds headers already.</exception>
    internal static void Check(MountSettings settings, string directory, Action<string> warn)
    {
        // What bcc looks for, and what a distribution's build directory has even where its headers are elsewhere: either is
        // better than ours, for it builds modules too.
        if (!settings.Force && SignOfHeaders(directory) is { } sign)
        {
            throw new ProgramException(
                ExitCode.MountFailure,
                $"{directory}: holds kernel headers already ({sign}); mount elsewhere, or with -o force to cover them");
        }

        if (!settings.NonEmpty && !settings.Force && IsNotEmpty(directory))
        {
            warn($"{directory}: is not empty, and what it holds is hidden while mounted; -o nonempty silences this");
        }

        CheckPropagation(settings, directory, warn);

        // DKMS only tests for build/include, so a skipped module becomes a failed build and a failed package installation.
        if (IsKernelBuildDirectory(directory) && HasDkmsModules)
        {
            warn($"{directory}: DKMS has modules here and will try to build them with headers alone, which fails; "
                + "install this kernel's header package, or unmount while packages are installed");
        }
    }

    /// <summary>
    /// Of a mount for others too, as one below /lib/modules is: it stays in this mount namespace where the mount around it is not
    /// shared, as a container's volume is not unless asked for.
    /// </summary>
    private static void CheckPropagation(MountSettings settings, string directory, Action<string> warn)
    {
        if ((IsKernelBuildDirectory(directory) || settings.ForOthers) && UnsharedAround(directory) is { } place)
        {
            warn($"{directory}: only this mount namespace will see it, because {place} is not shared; "
                + $"for others give the container -v {place}:{place}:rshared, or mount --make-rshared {place} first");
        }
    }

    private static bool IsNamespaceOfProcess1() =>
        LinklessPath.TargetOf("/proc/self/ns/mnt") is { } own
        && string.Equals(LinklessPath.TargetOf("/proc/1/ns/mnt") ?? own, own, StringComparison.Ordinal);

    private static bool IsKernelBuildDirectory(string directory) =>
        directory.StartsWith("/lib/modules/", StringComparison.Ordinal)
        || directory.StartsWith("/usr/lib/modules/", StringComparison.Ordinal)
        || directory.StartsWith("/usr/src/", StringComparison.Ordinal);

    private static bool IsNotEmpty(string directory) => PosixDirectory.List(directory).Count > 0;
}
