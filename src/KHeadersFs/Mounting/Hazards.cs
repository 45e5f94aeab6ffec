using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Mounting;

/// <summary>What goes wrong for others when headers appear on a directory: refused, or warned about with what to do.</summary>
internal static class Hazards
{
    private const string DkmsTree = "/var/lib/dkms";

    /// <summary>Whether DKMS has modules to build for every kernel.</summary>
    internal static bool HasDkmsModules => IsNotEmpty(DkmsTree);

    /// <summary>The mount around a directory, if it keeps what is mounted there in this mount namespace, as a container's volume does; else null.</summary>
    internal static string? UnsharedAround(string directory) =>
        MountInfo.Around(directory) is { IsShared: false } around && (around.Root is not "/" || !IsNamespaceOfProcess1()) ? around.Directory : null;

    /// <summary>Looks at the mount point before anything is mounted there.</summary>
    /// <exception cref="ProgramException">It holds headers already, or nobody knows what.</exception>
    internal static void Check(MountSettings settings, string directory, Action<string> warn)
    {
        // A distribution's headers are better than ours, for they build modules too.
        if (!settings.Force && HeaderTree.Look(directory, RootDirectory.Of(settings)) is var tree && AdviceOn(tree) is { } advice)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{directory}: {tree.Description}; {advice}");
        }

        if (!settings.NonEmpty && !settings.Force && IsNotEmpty(directory))
        {
            warn($"{directory}: is not empty, and what it holds is hidden while mounted; -o nonempty silences this");
        }

        CheckPropagation(settings, directory, warn);
        CheckSource(settings, directory, warn);

        // DKMS only tests for build/include, so a skipped module becomes a failed build and a failed package installation.
        if (IsKernelBuildDirectory(directory) && HasDkmsModules)
        {
            warn($"{directory}: DKMS has modules here and will try to build them with headers alone, which fails; "
                + "install this kernel's header package, or unmount while packages are installed");
        }
    }

    /// <summary>What to do about a directory that is not to be covered unasked; null for one that may be.</summary>
    private static string? AdviceOn(HeaderTree tree) => tree.State switch
    {
        HeaderState.Complete or HeaderState.Split => "mount elsewhere, or with -o force to cover them",
        HeaderState.Unfinished => "-o force covers them",
        HeaderState.Dead => $"umount -l {tree.Directory} first, or mount with -o force to cover it",
        HeaderState.Remains or HeaderState.Denied or HeaderState.Unreadable => "mount elsewhere, or with -o force to cover it",
        _ => null,
    };

    /// <summary>
    /// bcc and bpftrace take "source" for headers, and "build" only for what is generated, where both are directories
    /// (bcc, src/cc/frontends/clang/loader.cc: get_kernel_path_info; bpftrace, src/util/kernel.cpp: get_kernel_dirs).
    /// </summary>
    private static void CheckSource(MountSettings settings, string directory, Action<string> warn)
    {
        string root = RootDirectory.Of(settings);
        string given = PosixDirectory.Absolute(root is RootDirectory.Own ? settings.Directory : $"/{settings.Directory}");
        string?[] modules =
        [
            Path.GetFileName(given) is "build" && Path.GetDirectoryName(given) is { } parent && Path.GetFileName(Path.GetDirectoryName(parent)) is "modules" ? parent : null,
            $"{InstalledModule.Place}/{KernelArchive.RunningRelease}", // its "build" may be a link to what is given
        ];
        foreach (string place in modules.OfType<string>().Select(path => RootedPath.Resolve(path, root).Path).Distinct(StringComparer.Ordinal))
        {
            string inside = RootDirectory.Inside(place, root);
            var target = RootedPath.Resolve($"{inside}/source", root);
            if (string.Equals(RootedPath.Resolve($"{inside}/build", root).Path, directory, StringComparison.Ordinal)
                && target.IsThere && PosixDirectory.Exists(target.Path) && !string.Equals(target.Path, directory, StringComparison.Ordinal))
            {
                string source = $"{place}/source";
                warn(string.Equals(target.Path, source, StringComparison.Ordinal)
                    ? $"{directory}: bcc and bpftrace will take {source} for headers: move that directory away"
                    : $"{directory}: bcc and bpftrace will take {source}, which leads to {target.Path}, for headers: remove that link");
            }
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
