using System.Runtime.InteropServices;
using KHeadersFs.Archive;
using KHeadersFs.Decoding;
using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Sources;

/// <summary>
/// The archive of the running kernel, built in or in a module, whose file is read and which is loaded for the moment if that fails; or of
/// another kernel that is installed, out of its module's file.
/// </summary>
internal static class KernelArchive
{
    /// <summary>Since 5.2 (kernel/kheaders.c).</summary>
    private const string SysPath = "/sys/kernel/kheaders.tar.xz";

    /// <summary>5.2-rc1 to rc3, and Android's backports to 4.x.</summary>
    private const string ProcPath = "/proc/kheaders.tar.xz";

    /// <summary>Where a kernel shows it.</summary>
    internal static readonly string[] Places = [SysPath, ProcPath];

    /// <summary>
    /// Release of the running kernel, as uname -r prints it. From /proc, which a caller cannot change (personality(2), UNAME26); by uname(2) where that part of
    /// /proc is not there (proc(5), subset=pid).
    /// </summary>
    internal static unsafe string RunningRelease
    {
        get
        {
            const string own = "/proc/sys/kernel/osrelease";
            if (PosixFile.Exists(own))
            {
                return PosixFile.ReadText(own).Trim();
            }

            const int length = 65;
            byte* names = stackalloc byte[6 * length];
            return LibC.GetNames(names) == 0
                ? PathText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names + (2 * length)))
                : "unknown";
        }
    }

    /// <summary>Opens that of the running kernel, loading the module if need be.</summary>
    /// <exception cref="ProgramException">There is none; the message says which of the three reasons it is, and what was tried.</exception>
    internal static ArchiveSource Open(KernelModule module, ArchiveLimits limits, ModulePlaces places, DecoderProcess? decoder)
    {
        string release = RunningRelease;
        string? complaint = null;
        if ((TryOpenKernel() ?? TryTake(release, limits, places, decoder, out complaint)) is { } present)
        {
            return present;
        }

        string? loading = module.Load();
        return TryOpenKernel() ?? throw Missing("kheaders", WhyMissing(release, places, complaint, loading));
    }

    /// <summary>Opens that of an installed kernel, without loading anything.</summary>
    /// <exception cref="ProgramException">There is none; the message says why, and what was tried.</exception>
    internal static ArchiveSource OpenRelease(string release, ArchiveLimits limits, ModulePlaces places, DecoderProcess? decoder)
    {
        string source = $"release:{release}";
        if (release is "" or "." or ".." || release.Contains('/', StringComparison.Ordinal))
        {
            throw new ProgramException(ExitCode.Usage, $"{source}: is no kernel's release; give one as uname -r prints it, a name below {InstalledModule.Place}");
        }

        bool isRunning = string.Equals(release, RunningRelease, StringComparison.Ordinal);
        string? complaint = null;
        return (isRunning ? TryOpenKernel() : null) ?? TryTake(release, limits, places, decoder, out complaint) ?? throw Missing(
            source,
            $"{(isRunning ? $"{SysPath} is not there, and " : "")}{complaint ?? InstalledModule.Absence(release, places)}; "
            + $"{(complaint is null ? "install the package with that kernel's modules, if it was built with CONFIG_IKHEADERS=m" : "install the package with that kernel's modules again")}, or give the path of an archive");
    }

    /// <summary>Whether the kernel has it now.</summary>
    internal static bool IsThere => Array.Exists(Places, PosixFile.Exists);

    private static ArchiveSource? TryOpenKernel() => TryOpen(SysPath) ?? TryOpen(ProcPath);

    private static ArchiveSource? TryOpen(string path) => PosixFile.Exists(path) ? ArchiveSource.OpenArchive(path) : null;

    /// <summary>Takes it out of the file of a release's module; null with a reason that names the file, or null where there is no file.</summary>
    private static ArchiveSource? TryTake(string release, ArchiveLimits limits, ModulePlaces places, DecoderProcess? decoder, out string? complaint)
    {
        complaint = null;
        if (InstalledModule.FindFile(release, places) is not { } path)
        {
            return null;
        }

        try
        {
            return ArchiveSource.TakeFromModule(path, limits, places.AreKernelsOwn ? null : decoder);
        }
        catch (ArchiveException e)
        {
            complaint = $"{path}: {Reason(e)}";
        }
        catch (ProgramException e)
        {
            complaint = Reason(e);
        }

        return null;

        // What is to be done is said by whoever knows what else has been tried.
        static string Reason(Exception e) => e.Message.Split(';')[0];
    }

    private static string WhyMissing(string release, ModulePlaces places, string? complaint, string? loading)
    {
        string? setting = KernelConfig.HeadersSetting(release, places);
        string? module = InstalledModule.FindFile(release, places);
        if (setting is "n" || (setting is null && module is null && HasModules(release, places)))
        {
            return $"kernel {release} was built without CONFIG_IKHEADERS; "
                + "boot one that has it, or give the path of an archive that fits";
        }

        if (module is null)
        {
            return $"{SysPath} is not there, {InstalledModule.Absence(release, places)}, so the module kheaders of kernel {release} "
                + "is not installed; install the package with this kernel's modules";
        }

        string tried = $"{SysPath} is not there, {complaint ?? $"{module} has come meanwhile"}";
        return LibC.GetEffectiveUserId() != 0
            ? $"{tried}, and there is no right to load the module; run as root, or have it loaded first (modprobe kheaders)"
            : $"{tried}, and the module cannot be loaded ({loading ?? "it brought no archive"}); "
                + "a container needs CAP_SYS_MODULE, or have it loaded outside (modprobe kheaders)";
    }

    /// <summary>A kernel whose other modules are installed. Whether a flat directory has all of them nobody knows.</summary>
    private static bool HasModules(string release, ModulePlaces places) =>
        places.All.Any(place => PosixDirectory.Exists(places.At($"{place}/{release}/kernel")));

    private static ProgramException Missing(string source, string why) => new(ExitCode.MountFailure, $"{source}: {why}");
}
