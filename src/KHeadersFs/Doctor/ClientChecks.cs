using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Doctor;

/// <summary>Which tools are here that need headers, and which headers each will really take, by the order that it has (<see cref="ClientOrders"/>).</summary>
internal static class ClientChecks
{
    /// <summary>How many other mounts are looked into for headers that a variable could name: each may take seconds.</summary>
    private const int MostMounts = 4;

    /// <summary>bcc, as Python's module.</summary>
    internal static Finding FindBcc(TreeChecks trees, Finding build, Finding archive)
    {
        string? found = ((string[])["/usr/lib/python3/dist-packages", "/usr/local/lib/python3/dist-packages", .. Python("/usr/lib"), .. Python("/usr/lib64")])
            .Select(static directory => $"{directory}/bcc")
            .FirstOrDefault(PosixDirectory.Exists);
        string? unpacked = UnpackedPlaces(trees.Release).FirstOrDefault(place => trees.Look(place).IsDirectory);
        return Find(ClientOrders.Bcc, found, trees, build, unpacked is not null ? $"takes what is in {unpacked}"
            : archive.State is FindingState.Ok ? $"would unpack the archive to {TemporaryDirectories()[0]} each time"
            : "finds no headers: programs with #include fail");
    }

    /// <summary>bpftrace.</summary>
    internal static Finding FindBpftrace(TreeChecks trees, Finding build) =>
        Find(ClientOrders.Bpftrace, Administrator.FindProgram("bpftrace"), trees, build, "finds no headers: scripts with #include fail");

    /// <summary>Where bcc unpacks the archive, and takes what is there already (src/cc/frontends/clang/kbuild_helper.cc: get_proc_kheaders). sudo drops TMPDIR.</summary>
    internal static IEnumerable<string> UnpackedPlaces(string release) => TemporaryDirectories().Select(directory => $"{directory}/kheaders-{release}");

    /// <summary>A command that has both variables name a directory, for a tool that root has to run.</summary>
    internal static string WithVariables(string directory) =>
        Administrator.SudoWith($"{ClientOrders.Bcc.Variable}={directory} {ClientOrders.Bpftrace.Variable}={directory}", "TOOL");

    private static string[] TemporaryDirectories() =>
        [.. ((string[])[ProcessText.Variable("TMPDIR") is ['/', ..] own ? own : "/tmp", "/tmp"]).Distinct(StringComparer.Ordinal)];

    /// <summary>A variable is looked at also where the tool is not found: it may be elsewhere, or in a container.</summary>
    private static Finding Find(ClientOrder order, string? found, TreeChecks trees, Finding build, string otherwise)
    {
        TakenPlace? taken = ClientOrders.Take(order, trees);
        if (found is null && taken?.Variable is null)
        {
            return Finding.Ok(order.Client, "is not installed");
        }

        string tool = found ?? order.Client;
        return taken is null ? OfNone(order, tool, trees, build, otherwise)
            : taken.Variable is { } variable ? OfVariable(order, tool, trees, taken, variable)
            : taken.IsOne ? OfPlace(order, tool, trees, taken.Source, build, otherwise)
            : OfTwo(order, tool, trees, taken, build, otherwise);
    }

    /// <summary>Of what a variable names: the tool takes it, whatever is there.</summary>
    private static Finding OfVariable(ClientOrder order, string tool, TreeChecks trees, TakenPlace taken, string variable)
    {
        string unset = $"unset {variable}";
        if (taken.Source.Length == 0)
        {
            return Finding.Problem(order.Client, $"{tool} takes what {variable} names, and it names nothing", unset);
        }

        TreeLook source = trees.Look(PosixDirectory.Absolute(taken.Source));
        TreeLook build = taken.IsOne ? source : trees.Look(PosixDirectory.Absolute(taken.Build));
        if (taken.IsOne && source is { State: HeaderState.Split, Tree.Source: { } other })
        {
            return Finding.Problem(
                order.Client,
                $"{variable}: {taken.Source} has only headers that are generated; the others are in {other}",
                order.Places[0].Build is not { } second ? unset
                : Administrator.IsRoot ? $"export {variable}={other} {second}={taken.Source}"
                : Administrator.SudoWith($"{variable}={other} {second}={taken.Source}", order.Start));
        }

        (TreeLook wrong, Verdict verdict) = JudgeBoth(trees, source, build);
        if (verdict.State is FindingState.Problem)
        {
            string path = ReferenceEquals(wrong, source) ? taken.Source : taken.Build;
            return Finding.Problem(order.Client, $"{tool} takes {path}, by {variable}: it {verdict.Text}{WhatToDo(wrong)}", CommandFor(wrong, unset));
        }

        string text = $"{tool} takes {taken.Source}, by {variable}";
        if (IsOwnMountOfUser(source.Mount))
        {
            return Finding.Warning(
                order.Client, $"{text}: it is your own mount, which root may not look into, and {order.Client} needs root", PlaceChecks.Mounting(PlaceAdvice.OtherPlace));
        }

        return Limited(order, source, Administrator.IsRoot
            ? Finding.Ok(order.Client, text)
            : Finding.Ok(order.Client, $"{text}; sudo drops variables, so set it after sudo", Administrator.SudoWith(
                taken.IsOne ? $"{variable}={taken.Source}" : $"{variable}={taken.Source} {order.Places[0].Build}={taken.Build}", order.Start)));
    }

    /// <summary>Of the one directory that the tool takes without a variable.</summary>
    private static Finding OfPlace(ClientOrder order, string tool, TreeChecks trees, string place, Finding build, string otherwise)
    {
        TreeLook look = trees.Look(place);
        if (order.TestsLandmark && look is { State: HeaderState.Split, Tree.Source: { } other })
        {
            return Finding.Warning(
                order.Client, $"{tool} {otherwise}, for it does not see that {place} belongs to {other}",
                Administrator.Sudo($"ln -s {other} {InstalledModule.Place}/{trees.Release}/source"));
        }

        Verdict verdict = trees.Judge(look);
        return verdict.State is FindingState.Ok ? Limited(order, look, Finding.Ok(order.Client, $"{tool} takes {place}"))
            : look.HasLandmark || look.State is HeaderState.Split or null || (!order.TestsLandmark && look.State is not HeaderState.Empty)
            ? Finding.Problem(order.Client, $"{tool} takes {place}: it {verdict.Text}", build.Command)
            : OfNone(order, tool, trees, build, otherwise);
    }

    /// <summary>Of "source" and "build" together.</summary>
    private static Finding OfTwo(ClientOrder order, string tool, TreeChecks trees, TakenPlace taken, Finding build, string otherwise)
    {
        TreeLook source = trees.Look(taken.Source);
        TreeLook generated = trees.Look(taken.Build);
        bool isPair = string.Equals(source.Place, generated.Place, StringComparison.Ordinal)
            || (generated is { State: HeaderState.Split, Tree.Source: { } other } && string.Equals(MountPoint.Resolved(other), source.Place, StringComparison.Ordinal));
        if (isPair)
        {
            Verdict verdict = trees.Judge(generated);
            return verdict.State is FindingState.Ok
                ? Limited(order, source, Finding.Ok(order.Client, $"{tool} takes {taken.Source} and {taken.Build}"))
                : Finding.Problem(order.Client, $"{tool} takes {taken.Source} and {taken.Build}: it {verdict.Text}", build.Command);
        }

        string leads = PosixFile.ReadLink(taken.Source) is null ? "" : $" (a link to {source.Place})";
        string what = !source.HasLandmark && order.TestsLandmark ? $"looks into {taken.Source}{leads}, where no headers are, and not into {taken.Build}: it {otherwise}"
            : order.TakesSourceFirst ? $"takes the headers in {taken.Source}{leads}, not those in {taken.Build}"
            : $"takes kconfig.h, and all that {taken.Build} does not have, from {taken.Source}{leads}";
        string command = PosixFile.ReadLink(taken.Source) is null ? $"mv {taken.Source} {taken.Source}.old" : $"rm {taken.Source}";
        return Finding.Warning(order.Client, $"{tool} {what}", Administrator.Sudo(command));
    }

    /// <summary>Of a tool that finds nothing where it looks: headers may be mounted elsewhere.</summary>
    private static Finding OfNone(ClientOrder order, string tool, TreeChecks trees, Finding build, string otherwise)
    {
        string? mounted = MountInfo.AllOfType(MountCommand.FileSystemType)
            .Where(static mount => ExistingMount.IsTrusted(mount) && !IsOwnMountOfUser(mount))
            .Take(MostMounts)
            .Select(static mount => mount.Directory)
            .FirstOrDefault(directory => trees.Look(directory) is { Tree.IsUsable: true } look && string.Equals(look.Release, trees.Release, StringComparison.Ordinal));
        return mounted is null
            ? Finding.Warning(order.Client, $"{tool} {otherwise}", build.Command)
            : Finding.Warning(
                order.Client,
                $"{tool} {otherwise}; headers are mounted on {mounted}, which {order.Variable} has to name (sudo drops variables, so set it after sudo)",
                Administrator.SudoWith($"{order.Variable}={mounted}", order.Start));
    }

    /// <summary>Headers proper in one directory, those that are generated in another or the same.</summary>
    private static (TreeLook Wrong, Verdict Verdict) JudgeBoth(TreeChecks trees, TreeLook source, TreeLook build) =>
        ReferenceEquals(source, build) ? (source, trees.Judge(source))
        : !source.HasLandmark && !source.IsArmed ? (source, trees.Judge(source) is { State: FindingState.Problem } reason ? reason : new Verdict(FindingState.Problem, "has only headers that are generated"))
        : build.Configuration is null && !build.IsArmed ? (build, trees.Judge(build) is { State: FindingState.Problem } why ? why : new Verdict(FindingState.Problem, "has no headers that are generated"))
        : (build, trees.JudgeContents(build));

    private static string WhatToDo(TreeLook look) =>
        look.State is HeaderState.Denied && look.Mount?.UserId is not null ? $"; mount as root on {PlaceAdvice.OtherPlace}, and name that" : "";

    private static string CommandFor(TreeLook look, string unset) => look.State switch
    {
        HeaderState.Denied when look.Mount?.UserId is not null => PlaceChecks.Mounting(PlaceAdvice.OtherPlace),
        HeaderState.Dead or HeaderState.Absent or HeaderState.Empty => PlaceChecks.Mounting(look.Place),
        null => Administrator.Sudo($"umount -l {look.Mount?.Directory ?? look.Place}"),
        _ => unset,
    };

    private static bool IsOwnMountOfUser(MountInfo? mount) =>
        !Administrator.IsRoot && mount?.UserId is { } user && user == LibC.GetEffectiveUserId() && !mount.SuperOptions.Split(',').Contains("allow_other");

    /// <summary>What bpftrace cannot do even with headers that are right.</summary>
    private static Finding Limited(ClientOrder order, TreeLook source, Finding finding) =>
        ReferenceEquals(order, ClientOrders.Bpftrace) && source.NeedsExtensions
            ? Finding.Warning(order.Client, $"{finding.Text}; {order.Client} {ClientLimits.BpftraceWithoutExtensions}", finding.Command)
            : finding;

    private static IEnumerable<string> Python(string library) => PosixDirectory.List(library)
        .Where(static name => name.StartsWith("python3.", StringComparison.Ordinal))
        .Select(name => $"{library}/{name}/site-packages");
}
