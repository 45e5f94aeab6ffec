using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Doctor;

/// <summary>Whether the running kernel has its headers, and where.</summary>
internal static class KernelChecks
{
    private const string Archive = "archive";
    private const string Modules = "modules";
    private const string Types = "types";

    /// <summary>In the order in which a mount looks: the kernel's own, then the module's file.</summary>
    internal static Finding FindArchive(string release)
    {
        if (Array.Find(KernelArchive.Places, static place => PosixFile.Exists(place) || new PosixException(place).Errno is PosixException.EACCES) is { } own)
        {
            return OfFile(own, "is there");
        }

        if (InstalledModule.FindFile(release) is { } module)
        {
            return OfFile(module, "has it, and is read, not loaded");
        }

        return KernelConfig.HeadersSetting(release) switch
        {
            "n" => Finding.Problem(
                Archive, $"kernel {release} was built without CONFIG_IKHEADERS: take packaged headers", Administrator.InstallHeaders()),
            "y" => Finding.Problem(
                Archive, $"kernel {release} has it built in, but {KernelArchive.Places[0]} is not there", Administrator.Sudo("mount -t sysfs sysfs /sys")),
            "m" => Finding.Problem(Archive, $"the module kheaders of kernel {release} is not installed", Administrator.InstallModules(release)),
            _ => Finding.Problem(
                Archive, $"kernel {release} has none, no module kheaders is installed, and its configuration is nowhere", Administrator.InstallHeaders()),
        };
    }

    /// <summary>Whether the kernel's modules are there, and listed.</summary>
    internal static Finding FindModules(string release)
    {
        string directory = $"{InstalledModule.Place}/{release}";
        if (FileStatus.Of(directory) is null && new PosixException(directory) is { Errno: not (PosixException.ENOENT or PosixException.ENOTDIR) } failure)
        {
            return Finding.Warning(Modules, $"{directory} cannot be looked into ({failure.Reason})", Administrator.Sudo("kheadersfs doctor"));
        }

        if (!PosixDirectory.Exists(directory))
        {
            return PlaceChecks.OtherModules(release) is { } other
                ? Finding.Warning(Modules, $"{directory} is not there, {other}", PlaceChecks.Mounting(PlaceAdvice.OtherPlace))
                : Finding.Warning(
                    Modules, $"{directory} is not there: tools look for headers in it, and -o mkdir makes it", Administrator.Sudo($"mkdir {directory}"));
        }

        return PosixFile.Exists($"{directory}/modules.dep") || !PosixDirectory.Exists($"{directory}/kernel")
            ? Finding.Ok(Modules, directory)
            : Finding.Warning(Modules, $"{directory}/modules.dep is not there: modules are found in their usual place alone", Administrator.Sudo("depmod"));
    }

    /// <summary>Types that the kernel tells by itself: scripts without #include need no headers then.</summary>
    internal static Finding FindTypes()
    {
        const string btf = "/sys/kernel/btf/vmlinux";
        return Finding.Ok(
            Types,
            PosixFile.Exists(btf) ? $"{btf} is there: bpftrace needs headers only for macros"
            : new PosixException(btf) is { Errno: not (PosixException.ENOENT or PosixException.ENOTDIR) } failure ? $"{btf} cannot be looked at ({failure.Reason})"
            : "the kernel has no BTF: all types come from headers");
    }

    /// <summary>Of a file with an archive in it, which may be closed to this user, or on a disk that fails.</summary>
    private static Finding OfFile(string path, string what)
    {
        using SafeFileHandle? file = PosixFile.TryOpen(path);
        return file is not null ? Finding.Ok(Archive, $"{path} {what}")
            : new PosixException(path) is { Errno: not PosixException.EACCES } failure ? Finding.Problem(Archive, $"{path} cannot be read ({failure.Reason})", null)
            : Finding.Problem(
                Archive, $"{path} may not be read by this user", Administrator.Sudo(PosixFile.Exists(path) ? $"chmod a+r {path}" : "kheadersfs doctor"));
    }
}
