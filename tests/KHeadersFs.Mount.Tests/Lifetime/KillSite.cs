using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>One mount that is to be killed, and a count of what it leaves.</summary>
internal sealed class KillSite : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly Kill _kill;
    private readonly FakeKernel? _kernel;
    private FuseConnection? _connection; // of the mount, once it has been seen
    private Process? _user; // has its working directory in the mount
    private bool _serverHit; // and not the process that the user has started, which has returned

    internal KillSite(Kill kill)
    {
        _kill = kill;
        KillPhase phase = kill.Phase;
        byte[] bytes = File.ReadAllBytes(Archives.Real);
        Archive = new StalledArchive(_scratch, phase.Stalled ? bytes.AsMemory(0, 1 << 20) : bytes, ends: !phase.Stalled);
        _kernel = phase.Module ? new FakeKernel(_scratch).Module(Archives.Real) : null;
        string options = "release=ignore," + phase.Options.Replace("CACHE", Cache, StringComparison.Ordinal);
        Process = ProcessRun.Start(
            [Subject.Path, .. kill.Foreground ? ["-f"] : Array.Empty<string>(), "-o", options, phase.Module ? "kheaders" : Archive.Path, Directory],
            _scratch.Work,
            _scratch.Environment);
    }

    internal Process Process { get; }

    internal StalledArchive Archive { get; }

    internal string Cache => _scratch.In("cache");

    internal bool IsMounted => MountTable.At(Directory) is not null;

    /// <summary>The mount answers: in the background the program has said so.</summary>
    internal bool IsReady => _kill.Foreground ? Subject.Processes().Except(Subject.Keepers()).Except(Subject.Walkers()).Count() == 1 : Process.HasExited;

    /// <summary>Whatever comes before the mount stands has been.</summary>
    internal bool IsOver => !_kill.Phase.Mounted && (Process.HasExited || (IsMounted && IsReady));

    private string Directory => _scratch.In("made/build");

    /// <summary>Has the server begin to unmount.</summary>
    internal bool BeginUnmount()
    {
        ProcessRun.Of(["umount", "-l", Directory]);
        return true;
    }

    /// <summary>
    /// Sends the signal to the process that the user has started or, when that has returned, to the server; or to all. Or aborts the
    /// connection, which somebody uses once it answers.
    /// </summary>
    internal void Strike()
    {
        _connection = MountTable.At(Directory) is { } mount ? FuseConnection.TryOf(mount) : null;
        _serverHit = Process.HasExited;
        if (_kill.By.Signal is not { } signal)
        {
            Abort();
            return;
        }

        IEnumerable<int> targets = _kill.Everyone ? Subject.Processes() : _serverHit ? Subject.Servers().Take(1) : [Process.Id];
        foreach (int target in targets)
        {
            _ = Syscall.kill(target, signal);
        }
    }

    /// <summary>What is left after a kill, once all has come to rest.</summary>
    internal List<string> Leftovers()
    {
        Signum? signal = _kill.By.Signal;
        var left = new List<string>();
        Deadline.Until(() => Process.HasExited, "the end of the program that was killed");
        int code = Process.ExitCode;

        // Until the runtime is up, the default action ends what has not begun.
        int[] good = signal is not { } number ? (_user is null ? [0, FailedMount.SystemError, FailedMount.NoAnswer, FailedMount.MountFailure] : _kill.Foreground ? [FailedMount.NoAnswer] : [0])
            : number is Signum.SIGKILL || _kill.Phase.Name is "parse" ? [0, FailedMount.Interrupted, 128 + (int)number]
            : [0, FailedMount.Interrupted];
        Add(left, good.Contains(code), $"exit code {code}: {Process.StandardError.ReadToEnd()}");
        if (signal is not null && code == 0 && !_kill.Foreground && !_serverHit && !_kill.Everyone)
        {
            // Too late: the mount stands, as was said, and umount(8) ends it.
            Add(left, ProcessRun.Of(["umount", Directory]).ExitCode == 0, "a mount that cannot be unmounted, or none");
        }

        if (signal is Signum.SIGKILL)
        {
            // A server that was killed cannot clear up: whoever comes next does.
            Settle(TimeSpan.FromSeconds(0.3));
            _ = Subject.Run(_scratch, ["-u", Directory]);
            UnloadModule();
        }

        Settle(Deadline.Soon);
        Add(left, Subject.Processes().Count == 0, $"processes {string.Join(' ', Subject.Processes())}");
        Add(left, !IsMounted, "a mount");
        EndUser();
        Add(left, _connection is null or { IsThere: false }, "a connection, which a descriptor of /dev/fuse keeps");
        Add(left, _kernel is null || !File.Exists(FakeKernel.SysArchive), "a module");
        Add(left, !System.IO.Directory.Exists(_scratch.In("made")), "directories");
        Add(left, ProgramRecords.Held().Length == 0, "records");
        Add(left, _scratch.FilesLeft().Length == 0, "files");
        Add(left, !System.IO.Directory.Exists(Cache) || signal is Signum.SIGKILL || System.IO.Directory.GetFiles(Cache, ".*").Length == 0, "cache files");
        return left;
    }

    public void Dispose()
    {
        EndUser();
        Archive.Dispose();
        IReadOnlyList<int> left = Subject.Processes();
        foreach (int id in left)
        {
            _ = Syscall.kill(id, Signum.SIGKILL);
        }

        Process.WaitForExit(Deadline.Short);

        foreach (int id in left.Where(static id => !ProcessRun.HasStarted(id)))
        {
            _ = Syscall.waitpid(id, out _, WaitOptions.WNOHANG);
        }

        Process.Dispose();

        _kernel?.Dispose();
        _scratch.Dispose();
    }

    /// <summary>As umount(8) does it, or by the kernel's switch.</summary>
    private void Abort()
    {
        if (IsMounted && IsReady)
        {
            _user = ProcessRun.Start(["sh", "-c", "echo && exec sleep 1000"], Directory, _scratch.Environment);
            Deadline.Within(Deadline.Short, () => Assert.Equal("", _user.StandardOutput.ReadLine()));
        }

        if (_kill.By == KillBy.Force)
        {
            _ = ProcessRun.Of(["umount", "-f", Directory]);
        }
        else
        {
            _connection?.Abort();
        }
    }

    private void EndUser()
    {
        _user?.Kill();
        _user?.WaitForExit();
        _user?.Dispose();
        _user = null;
    }

    /// <summary>Any mount does that, once the modprobe that a killed one has started is through.</summary>
    private void UnloadModule()
    {
        if (_kernel is not null)
        {
            Deadline.Until(static () => FakeKernel.IsIdle, "the end of modprobe");
            ProcessRun.Of([Subject.Path, "-o", "mkdir,release=ignore", Archives.Real, Directory]).Succeeded();
            ProcessRun.Of(["umount", Directory]).Succeeded();
        }
    }

    private static void Add(List<string> left, bool holds, string what)
    {
        if (!holds)
        {
            left.Add(what);
        }
    }

    /// <summary>Gives what was told to end time to do so, and goes on as soon as it has.</summary>
    private static void Settle(TimeSpan limit) => _ = Deadline.TryUntil(static () => Subject.Processes().Count == 0, limit);
}
