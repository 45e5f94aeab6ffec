using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// An archive mounted by the program in a scratch directory. Disposing it kills what still runs and removes the mount,
/// whatever state the test has left.
/// </summary>
internal sealed class MountedProgram : IDisposable
{
    private readonly Process? _foreground;
    private readonly ServerLog? _log;
    private bool _ended;

    private MountedProgram(Scratch scratch, Process? foreground, ServerLog? log)
    {
        Scratch = scratch;
        _foreground = foreground;
        _log = log;
        try
        {
            Deadline.Until(IsMounted, $"a mount on {Root}\n{log}", Deadline.Long);
            IReadOnlyList<int> servers = [];
            Deadline.Until(() => (servers = Subject.Servers()).Count > 0, "a server"); // with -f nobody has the device for a moment
            ServerId = Assert.Single(servers);
            Within(() => Assert.True(Directory.Exists(Root), "the mounted root is not a directory"));
            TestRun.Mounted();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal Scratch Scratch { get; }

    internal string Root => Scratch.MountPoint;

    /// <summary>The process that holds /dev/fuse.</summary>
    internal int ServerId { get; }

    /// <summary>Standard error of a foreground program.</summary>
    internal ServerLog Log => _log ?? throw new InvalidOperationException("only a foreground program has a log here");

    /// <summary>All that the program has said; empty for a detached one.</summary>
    internal string LogText => _log?.ToString() ?? string.Empty;

    /// <summary>Mounts with -f: the log can be read, so SIGUSR1 has an answer.</summary>
    internal static MountedProgram Foreground(string archive, params string[] options)
    {
        Subject.RequireMounts();
        var scratch = new Scratch();
        Process process = ProcessRun.Start(
            [Subject.Path, "-f", .. options, archive, scratch.MountPoint], scratch.Work, scratch.Environment);
        process.StandardInput.Close();
        return new MountedProgram(scratch, process, new ServerLog(process.StandardError));
    }

    /// <summary>Mounts the usual way: the program has returned 0 without a word and left a server behind.</summary>
    internal static MountedProgram Detached(string archive, params string[] options)
    {
        Subject.RequireMounts();
        var scratch = new Scratch();
        ProcessRun run = Subject.Run(scratch, [.. options, archive, scratch.MountPoint]);
        if (run.ExitCode != 0)
        {
            scratch.Dispose();
        }

        run.Succeeded();
        return new MountedProgram(scratch, foreground: null, log: null);
    }

    internal string In(string path) => Path.Combine(Root, path);

    internal bool IsMounted() =>
        _foreground is { HasExited: true }
            ? throw new InvalidOperationException($"the program ended with {_foreground.ExitCode}\n{_log}")
            : MountTable.At(Root) is { } mount && mount.Type.StartsWith("fuse", StringComparison.Ordinal);

    /// <summary>Whether the mount has gone from the mount table, whatever the program does.</summary>
    internal bool IsUnmounted() => MountTable.At(Root) is null;

    /// <summary>Runs what touches the mount, with a limit: a hung mount fails the test and not the run.</summary>
    internal void Within(Action action, TimeSpan? limit = null)
    {
        try
        {
            Deadline.Within(limit ?? Deadline.Long, action);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}\n{_log}", late);
        }
    }

    /// <summary>Asks the server for its figures, once it has answered all that it was asked.</summary>
    internal ServerStatistics Statistics()
    {
        FuseConnection.WaitUntilIdle(Root);
        int before = Log.Statistics.Count;
        Signal(Signum.SIGUSR1);
        Deadline.Until(() => Log.Statistics.Count > before, $"an answer to SIGUSR1\n{Log}");
        return ServerStatistics.Parse(Log.Statistics[before]);
    }

    internal void Signal(Signum signal) => Assert.Equal(0, Syscall.kill(_foreground?.Id ?? ServerId, signal));

    /// <summary>Waits until program and server have ended; the exit code is the one that a caller of -f, or init, sees.</summary>
    internal int WaitForEnd()
    {
        int code = -1;
        if (_foreground is not null)
        {
            Deadline.Until(() => _foreground.HasExited, $"the end of the program\n{_log}");
            code = _foreground.ExitCode;
            Log.WaitForEnd();
        }
        else
        {
            Deadline.Until(() => Reaped(out code), $"the end of server {ServerId}");
        }

        Deadline.Until(() => Subject.Processes().Count == 0, "no process of the program left");
        _ended = true;
        return code;
    }

    public void Dispose()
    {
        foreach (int id in _ended ? [] : Subject.Servers().Append(ServerId).Append(_foreground?.Id ?? 0).Where(id => id > 1))
        {
            _ = Syscall.kill(id, Signum.SIGKILL);
        }

        while (!IsUnmounted() && Native.umount2(Root, Native.MNT_DETACH) == 0)
        {
        }

        if (_foreground is null && !_ended)
        {
            Deadline.Until(() => Reaped(out _), $"the end of server {ServerId}");
        }

        _foreground?.WaitForExit(Deadline.Short);
        _foreground?.Dispose();
        Scratch.Dispose();
    }

    // The launcher has ended, so the server is a child of this process, which is the reaper of orphans (PrivateNamespace).
    private bool Reaped(out int code)
    {
        int result = Syscall.waitpid(ServerId, out int status, WaitOptions.WNOHANG);
        if (result < 0)
        {
            throw new InvalidOperationException($"wait for server {ServerId}: {Stdlib.GetLastError()}");
        }

        code = Syscall.WIFEXITED(status) ? Syscall.WEXITSTATUS(status) : 128 + (int)Syscall.WTERMSIG(status);
        return result > 0;
    }
}
