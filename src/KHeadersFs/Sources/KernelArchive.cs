using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Sources;

/// <summary>The archive that the running kernel carries: built in, or in a module that is loaded for the moment.</summary>
internal static class KernelArchive
{
    /// <summary>Since 5.2 (kernel/kheaders.c).</summary>
    private const string SysPath = "/sys/kernel/kheaders.tar.xz";

    /// <summary>5.2-rc1 to rc3, and Android's backports to 4.x.</summary>
    private const string ProcPath = "/proc/kheaders.tar.xz";

    /// <summary>Release of the running kernel, as uname -r prints it.</summary>
    internal static string RunningRelease => PosixFile.ReadText("/proc/sys/kernel/osrelease").Trim();

    /// <summary>Opens it, loading the module if need be.</summary>
    /// <exception cref="ProgramException">There is none; the message says which of the three reasons it is.</exception>
    internal static ArchiveSource Open(KernelModule module)
    {
        if ((TryOpen(SysPath) ?? TryOpen(ProcPath)) is { } present)
        {
            return present;
        }

        string? complaint = module.Load();
        return TryOpen(SysPath)
            ?? TryOpen(ProcPath)
            ?? throw new ProgramException(ExitCode.MountFailure, WhyMissing(RunningRelease, complaint));
    }

    /// <summary>Whether the kernel has it now.</summary>
    internal static bool IsThere => PosixFile.Exists(SysPath) || PosixFile.Exists(ProcPath);

    private static ArchiveSource? TryOpen(string path) => PosixFile.Exists(path) ? new ArchiveSource(ArchiveSource.OpenFile(path), path) : null;

    private static string WhyMissing(string release, string? complaint)
    {
        string? setting = KernelConfig.HeadersSetting(release);
        string? module = KernelModule.FindFile(release);
        if (setting is "n" || (setting is null && module is null && PosixDirectory.Exists($"/lib/modules/{release}/kernel")))
        {
            return $"kheaders: kernel {release} was built without CONFIG_IKHEADERS; "
                + "boot one that has it, or give the path of an archive that fits";
        }

        if (module is not null && LibC.GetEffectiveUserId() != 0)
        {
            return $"kheaders: no right to load {module}; run as root, or have it loaded first (modprobe kheaders)";
        }

        if (module is not null)
        {
            return $"kheaders: {module} cannot be loaded ({complaint ?? "it brought no archive"}); "
                + "a container needs CAP_SYS_MODULE, or have it loaded outside (modprobe kheaders)";
        }

        return $"kheaders: the module kheaders of kernel {release} is not installed; install the package with this kernel's modules";
    }
}
