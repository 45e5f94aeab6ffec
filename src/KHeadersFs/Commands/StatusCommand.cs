using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Mounting;
using KHeadersFs.Options;

namespace KHeadersFs.Commands;

/// <summary>
/// status: what is mounted. The mount table and /proc tell that, and no look into a mount is needed, which would be a use (-o idle); only
/// --check asks the servers. Runs in a <see cref="Looker"/>.
/// </summary>
internal static class StatusCommand
{
    private const int StackSize = 128 << 10;

    /// <summary>Tells of the mount on the directory that the settings name, or of all in this mount namespace.</summary>
    internal static CommandResult Run(MountSettings settings)
    {
        IReadOnlyList<MountInfo> mounts = Find(settings.Directory);
        IReadOnlyList<RunningServer> servers = RunningServer.All();
        string?[] faults = settings.Check ? FaultsOf(mounts) : new string?[mounts.Count];
        MountStatus[] all =
        [
            .. mounts.Select((mount, i) => new MountStatus(
                mount, servers.FirstOrDefault(s => s.Serves(mount)), settings.Check, faults[i])),
        ];
        string? error = mounts is [] && (settings.Check || settings.Directory.Length > 0)
            ? NothingThere(settings.Directory)
            : string.Join("; ", all.Where(static s => s.Fault is not null).Select(static s => $"{s.Mount.Directory}: {s.Fault}"));
        string output = settings.Json ? $"{{\"mounts\":[{string.Join(',', all.Select(static s => s.ToJson()))}]}}\n"
            : error.Length > 0 ? ""
            : string.Concat(all.Select(static s => s.ToText()));
        return new CommandResult(error.Length > 0 ? ExitCode.NoAnswer : ExitCode.Success, output, error);
    }

    private static IReadOnlyList<MountInfo> Find(string directory)
    {
        if (directory.Length == 0)
        {
            return MountInfo.AllOfType(MountCommand.FileSystemType);
        }

        // By its name as it is, and only then by what that leads to: to follow it is a look into the mount.
        MountInfo? mount = MountInfo.Find(directory) ?? (MountPoint.TryResolve(directory) is { } path ? MountInfo.Find(path) : null);
        return mount is not null && ExistingMount.IsOfProgram(mount) ? [mount] : [];
    }

    private static string NothingThere(string directory) => directory.Length == 0
        ? "status: no kheadersfs is mounted here"
        : MountPoint.WhyUnseen(directory) is { } why ? $"{directory}: {why}; ask as a user who may"
        : $"{directory}: no kheadersfs is mounted there; kheadersfs status lists them";

    /// <summary>
    /// Why the servers of mounts do not answer; null for those that do. All are asked at once, each by a thread, which hangs with its
    /// server: this process is one that can be left behind.
    /// </summary>
    private static string?[] FaultsOf(IReadOnlyList<MountInfo> mounts)
    {
        var answers = new Errno[mounts.Count];
        Thread[] questions =
        [
            .. mounts.Select((mount, i) => new Thread(() => answers[i] = Looker.StatFs(mount.Directory), StackSize) { IsBackground = true }),
        ];
        Array.ForEach(questions, static question => question.Start());
        long end = Environment.TickCount64 + LookerProcess.PatienceMilliseconds;
        return
        [
            .. mounts.Select((mount, i) => questions[i].Join((int)Math.Max(0, end - Environment.TickCount64))
                ? FaultOf(mount, answers[i])
                : LookerProcess.NoAnswer(mount.Directory)),
        ];
    }

    private static string? FaultOf(MountInfo mount, Errno answer)
    {
        if (answer is Errno.None)
        {
            return null;
        }

        var unseen = HeaderTree.Unseen(mount.Directory, answer);
        string advice = unseen.State switch
        {
            HeaderState.Dead => $"mount it again, or kheadersfs -u {mount.Directory}",
            HeaderState.Denied => "ask as that user",
            _ => "see the log of its server",
        };
        return $"{unseen.Description}; {advice}";
    }
}
