using KHeadersFs.Commands;
using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sources;
using KHeadersFs.Systemd;

namespace KHeadersFs.Doctor;

/// <summary>What is, or goes wrong, where tools look for the running kernel's headers.</summary>
internal static class PlaceChecks
{
    private const string Build = "build";
    private const string Dkms = "DKMS";
    private const string Other = "headers";
    private const string Propagation = "propagation";

    /// <summary>
    /// What is at /lib/modules/RELEASE/build, or where that leads. The mount table is asked before the directory: an automount would mount,
    /// and a server that hangs would keep whoever looks.
    /// </summary>
    internal static Finding FindBuild(string release, Finding archive)
    {
        string given = $"{InstalledModule.Place}/{release}/{Build}";
        string place = MountPoint.Followed(given);
        if (MountInfo.Find(place) is { } mount)
        {
            return OfMount(given, place, mount);
        }

        // Without an archive, what helps is what gets one.
        string? mounting = archive.State is FindingState.Problem ? archive.Command : Mounting(given);
        if (FileStatus.Of(place, followLink: false) is not { } status)
        {
            return MountInfo.Around(HeadersPlace.Around(place)) is { } around && around.Options.Split(',').Contains("ro")
                ? Finding.Warning(
                    Build, $"{around.Directory} cannot be written to: mount elsewhere, and say so to bcc and bpftrace", Mounting("/run/kheaders"))
                : Finding.Ok(Build, PosixFile.ReadLink(given) is null
                    ? $"{given} is not there yet"
                    : $"{given} leads to {place}, which is not there yet", mounting);
        }

        if (status.Kind is not FileStatus.Directory)
        {
            return Finding.Problem(Build, $"{place} is {status.Description}", Administrator.Sudo($"mv {place} {place}.old"));
        }

        if (HeaderTree.Look(place) is { IsKernelTree: true })
        {
            return Finding.Ok(Build, $"{place} holds headers already: use those");
        }

        return PosixDirectory.List(place).Count == 0
            ? Finding.Warning(Build, $"{place} is empty, which breaks bpftrace 0.17 to 0.24 even for scripts without #include", Administrator.Sudo($"rmdir {place}"))
            : Finding.Warning(Build, $"{place} holds something else, which a mount hides", Administrator.Sudo($"mv {place} {place}.old"));
    }

    /// <summary>DKMS takes headers for a whole build tree.</summary>
    internal static Finding FindDkms() => Hazards.HasDkmsModules
        ? Finding.Warning(Dkms, "has modules, and fails to build them with headers alone: take packaged headers", Administrator.InstallHeaders())
        : Finding.Ok(Dkms, "has no modules here");

    /// <summary>Headers elsewhere: those of packages, what variables name, and what bcc has unpacked.</summary>
    internal static Finding FindOthers(string release)
    {
        string unpacked = $"/tmp/kheaders-{release}";
        string[] places =
        [
            .. ((string[])["BCC_KERNEL_SOURCE", "BPFTRACE_KERNEL_SOURCE"]).Select(ProcessText.Variable).OfType<string>().Where(static p => p.StartsWith('/')),
            $"/usr/src/linux-headers-{release}", $"/usr/src/kernels/{release}", $"{InstalledModule.Place}/{release}/source", unpacked,
        ];
        foreach (string place in places.Select(MountPoint.Resolved).Distinct(StringComparer.Ordinal))
        {
            // What is mounted is told by "build".
            if (MountInfo.Around(place) is { } around && (around.Type is "autofs" || ExistingMount.IsOfProgram(around)))
            {
                continue;
            }

            if (PosixDirectory.Exists(place))
            {
                return OfHeaders(place, release, string.Equals(place, unpacked, StringComparison.Ordinal));
            }
        }

        return Finding.Ok(Other, "no others");
    }

    /// <summary>Whether containers, and all others, will see what is mounted.</summary>
    internal static Finding FindPropagation(string release)
    {
        string place = HeadersPlace.Around(MountPoint.Resolved($"{InstalledModule.Place}/{release}/{Build}"));
        return Hazards.UnsharedAround(place) is { } unshared
            ? Finding.Warning(
                Propagation, $"{unshared} is not shared: what is mounted here, nobody outside sees", Administrator.Sudo($"mount --make-rshared {unshared}"))
            : Finding.Ok(Propagation, "what is mounted here, others see");
    }

    private static string Mounting(string place) => Administrator.Sudo($"kheadersfs kheaders {place} -o mkdir");

    private static Finding OfMount(string given, string place, MountInfo mount)
    {
        if (mount.Type is "autofs")
        {
            return Finding.Ok(Build, $"{place} is armed: the first look mounts");
        }

        if (!ExistingMount.IsOfProgram(mount))
        {
            return Finding.Warning(Build, $"{place} has something of type {mount.Type} mounted on it", Administrator.Sudo($"umount {place}"));
        }

        return LookerProcess.StatFs(place) switch
        {
            Errno.None => Finding.Ok(Build, $"{given} is mounted, and answers"),
            null => Finding.Problem(Build, $"the server of {place} does not answer", Administrator.Sudo($"umount -l {place}")),
            { } errno when ExistingMount.IsEnd(errno) =>
                Finding.Problem(Build, $"the server of {place} has died", Administrator.Sudo($"kheadersfs -u {place}")),
            Errno.EACCES => Finding.Problem(Build, $"only user {mount.UserId} may look into {place}", Administrator.Sudo($"kheadersfs -u {place}")),
            { } errno => Finding.Problem(Build, $"the server of {place} answers with an error ({errno})", Administrator.Sudo($"kheadersfs -u {place}")),
        };
    }

    private static Finding OfHeaders(string place, string release, bool isUnpacked)
    {
        if (isUnpacked)
        {
            return Finding.Warning(Other, $"bcc has unpacked the archive to {place}; a mount makes that needless", $"rm -r {place}");
        }

        string header = $"{place}/include/generated/utsrelease.h";
        string? found = PosixFile.Exists(header) && PosixFile.ReadText(header).Split('"') is { Length: >= 3 } quoted ? quoted[1] : null;
        return found is null ? Finding.Ok(Other, $"{place}, which does not tell of which kernel")
            : string.Equals(found, release, StringComparison.Ordinal) ? Finding.Ok(Other, $"{place}, of this kernel")
            : Finding.Warning(Other, $"{place} is of kernel {found}, and {release} runs", Administrator.InstallHeaders());
    }
}
