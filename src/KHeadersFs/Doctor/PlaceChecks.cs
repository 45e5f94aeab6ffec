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
    internal static Finding FindBuild(TreeChecks trees, Finding archive)
    {
        string given = $"{InstalledModule.Place}/{trees.Release}/{Build}";
        string place = MountPoint.Followed(given);
        if (MountInfo.Find(place) is { } mount)
        {
            return OfMount(trees, given, place, mount);
        }

        TreeLook look = trees.Look(place);
        Verdict verdict = trees.Judge(look);
        (string cover, string? covering) = archive.State is FindingState.Problem ? ("", archive.Command) : ("; -o force covers that", $"{Mounting(given)},force");
        return look.State switch
        {
            HeaderState.Absent => OfNothing(given, place, archive),
            HeaderState.NoDirectory => Finding.Problem(
                Build, $"{place} is {FileStatus.Of(place, followLink: false)?.Description ?? "below a file"}", Administrator.Sudo($"mv {place} {place}.old")),
            HeaderState.Empty => Finding.Warning(
                Build, $"{place} is empty, which breaks bpftrace 0.17 to 0.24 even for scripts without #include", Administrator.Sudo($"rmdir {place}")),
            HeaderState.Other => Finding.Warning(
                Build, $"{place} holds something else, which a mount hides", Administrator.Sudo($"mv {place} {place}.old")),
            HeaderState.Complete or HeaderState.Split when verdict.State is FindingState.Ok => Finding.Ok(
                Build, $"{place} {look.Description}, and {verdict.Text}: use those"),
            HeaderState.Complete or HeaderState.Split => Finding.Problem(
                Build, $"{place} {look.Description}, but {verdict.Text}{cover}", covering),
            HeaderState.Unfinished or HeaderState.Remains => Finding.Problem(Build, $"{place} {verdict.Text}{cover}", covering),
            HeaderState.Denied => Finding.Problem(Build, $"{place} {verdict.Text}: what is there is not known", Administrator.Sudo("kheadersfs doctor")),
            _ => Finding.Problem(Build, $"{place} {verdict.Text}", Administrator.Sudo($"umount -l {look.Mount?.Directory ?? place}")),
        };
    }

    /// <summary>DKMS takes headers for a whole build tree.</summary>
    internal static Finding FindDkms() => Hazards.HasDkmsModules
        ? Finding.Warning(Dkms, "has modules, and fails to build them with headers alone: take packaged headers", Administrator.InstallHeaders())
        : Finding.Ok(Dkms, "has no modules here");

    /// <summary>Headers elsewhere: those of packages, and what bcc has unpacked. What variables name is the matter of the tools that take it.</summary>
    internal static Finding FindOthers(TreeChecks trees)
    {
        string modules = $"{InstalledModule.Place}/{trees.Release}";
        string[] places = [$"/usr/src/linux-headers-{trees.Release}", $"/usr/src/kernels/{trees.Release}", $"{modules}/source"];
        string? otherHalf = trees.Look($"{modules}/{Build}") is { State: HeaderState.Split, Tree.Source: { } source } ? MountPoint.Resolved(source) : null;
        Finding[] found =
        [
            .. places.Select(trees.Look)
                .Where(look => look.State is not HeaderState.Absent && !IsMount(look) && !string.Equals(look.Place, otherHalf, StringComparison.Ordinal))
                .DistinctBy(static look => look.Place, StringComparer.Ordinal)
                .Select(look => OfHeaders(look, trees.Judge(look))),
            .. ClientChecks.UnpackedPlaces(trees.Release).Select(trees.Look)
                .Where(static look => look.State is not HeaderState.Absent && !IsMount(look))
                .Select(look => OfUnpacked(look, trees.Judge(look))),
        ];
        return found.MaxBy(static finding => finding.State) ?? Finding.Ok(Other, "no others");
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

    /// <summary>The command that mounts the running kernel's headers on a directory.</summary>
    internal static string Mounting(string place) => Administrator.Sudo($"kheadersfs kheaders {place} -o mkdir");

    /// <summary>
    /// Where a kernel's modules are if not in /lib/modules, and what helps there; null for nowhere. Such a system's tools are built to look there too (nixpkgs: bcc's
    /// BCC_KERNEL_MODULES_DIR), where nobody can write.
    /// </summary>
    internal static string? OtherModules(string release) =>
        ModulePlaces.Usual.All.Skip(1).Select(place => $"{place}/{release}").FirstOrDefault(PosixDirectory.Exists) is { } found
            ? $"modules are in {found}: mount on {PlaceAdvice.OtherPlace}, and start tools with {ClientChecks.WithVariables(PlaceAdvice.OtherPlace)}"
            : null;

    /// <summary>Without an archive, what helps is what gets one.</summary>
    private static Finding OfNothing(string given, string place, Finding archive)
    {
        bool canMount = archive.State is not FindingState.Problem;
        if (!PosixDirectory.Exists(Path.GetDirectoryName(given) ?? "/") && OtherModules(Path.GetFileName(Path.GetDirectoryName(given)) ?? "") is { } other)
        {
            return Finding.Ok(Build, $"{given} is not there, {other}", canMount ? Mounting(PlaceAdvice.OtherPlace) : archive.Command);
        }

        if (MountInfo.Around(HeadersPlace.Around(place)) is { } around && IsReadOnly(around))
        {
            return Finding.Warning(
                Build,
                $"{around.Directory} cannot be written to: mount on {PlaceAdvice.OtherPlace}, and start tools with {ClientChecks.WithVariables(PlaceAdvice.OtherPlace)}",
                canMount ? Mounting(PlaceAdvice.OtherPlace) : archive.Command);
        }

        return Finding.Ok(
            Build,
            PosixFile.ReadLink(given) is null ? $"{given} is not there yet" : $"{given} leads to {place}, which is not there yet",
            canMount ? Mounting(given) : archive.Command);
    }

    private static bool IsReadOnly(MountInfo mount) => mount.Options.Split(',').Contains("ro") || mount.SuperOptions.Split(',').Contains("ro");

    /// <summary>What is mounted by this program is told by "build".</summary>
    private static bool IsMount(TreeLook look) => look.IsArmed || (look.Mount is { } mount && ExistingMount.IsOfProgram(mount));

    private static Finding OfMount(TreeChecks trees, string given, string place, MountInfo mount)
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
            Errno.None when trees.Look(place) is { Tree.IsUsable: true } look && trees.JudgeContents(look) is { State: FindingState.Problem } verdict =>
                Finding.Problem(Build, $"{given} is mounted, and {verdict.Text}", Administrator.Sudo($"kheadersfs -u {place}")),
            Errno.None => Finding.Ok(Build, $"{given} is mounted, and answers"),
            null => Finding.Problem(Build, $"the server of {place} does not answer", Administrator.Sudo($"umount -l {place}")),
            { } errno when ExistingMount.IsEnd(errno) =>
                Finding.Problem(Build, $"the server of {place} has died", Administrator.Sudo($"kheadersfs -u {place}")),
            Errno.EACCES => Finding.Problem(Build, $"only user {mount.UserId} may look into {place}", Administrator.Sudo($"kheadersfs -u {place}")),
            { } errno => Finding.Problem(Build, $"the server of {place} answers with an error ({errno})", Administrator.Sudo($"kheadersfs -u {place}")),
        };
    }

    /// <summary>No tool takes these unless a link leads to them.</summary>
    private static Finding OfHeaders(TreeLook look, Verdict verdict) => verdict.State is FindingState.Ok
        ? Finding.Ok(Other, $"{look.Place} {verdict.Text}")
        : Finding.Warning(Other, $"{look.Place} {verdict.Text}", Administrator.InstallHeaders());

    /// <summary>bcc takes whatever it finds there, before it unpacks anew.</summary>
    private static Finding OfUnpacked(TreeLook look, Verdict verdict)
    {
        string command = Administrator.Sudo($"rm -r {look.Place}");
        return look.Owner is { } owner and not 0
            ? Finding.Problem(Other, $"{look.Place} belongs to user {owner}, who decides what bcc compiles root's programs with: only bcc 0.30 and later do not take it", command)
            : verdict.State is not FindingState.Ok
            ? Finding.Problem(Other, $"{look.Place}, which bcc takes for an unpacked archive, {verdict.Text}", command)
            : Finding.Warning(Other, $"bcc has unpacked the archive to {look.Place}; a mount makes that needless", command);
    }
}
