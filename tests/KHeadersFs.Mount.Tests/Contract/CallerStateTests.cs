using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Whatever a caller leaves behind, a mount is there, is read and goes, or one line says what is wrong: each row of the table in
/// src/docs/lifetime.md, "What a caller leaves behind".
/// </summary>
public sealed class CallerStateTests : IDisposable
{
    private readonly MountSite _site = new();

    public static TheoryData<string> Harmless => [.. CallerState.Harmless.Keys];

    public static TheoryData<string> Refused => [.. CallerState.Refused.Keys];

    public static TheoryData<string> RefusedForUsers => [.. CallerState.RefusedForUsers.Keys];

    public void Dispose() => _site.Dispose();

    [Theory]
    [MemberData(nameof(Harmless))]
    public void A_mount_is_made_read_and_unmounted(string left)
    {
        string[] caller = CallerState.Harmless[left];
        _site.RunSilently([.. caller, Subject.Path, _site.Archive, _site.Directory]);
        _site.AssertMounted();
        Assert.Equal("#define IS_ENABLED(option) 1\n", System.Text.Encoding.ASCII.GetString(Deadline.Read(_site.Directory, HandMadeArchive.AlwaysThere)));
        Assert.Equal("00000000\n", File.ReadAllText($"/proc/{_site.Server()}/personality"));
        _site.RunSilently([.. caller, Subject.Path, "-u", _site.Directory]);
        _site.AssertGone();
    }

    /// <summary>What nobody hears must not be heard by something that has got the stream's number, such as the runtime's signals.</summary>
    [Theory]
    [InlineData("<&- >&- 2>&-")]
    [InlineData(">&- 2>&-")]
    [InlineData("2>&-")]
    public void A_warning_into_a_closed_stream_is_lost(string closed)
    {
        File.Delete(_site.Archive);
        string other = FittingArchive.Of("1.2.3-other").Save(_site.Scratch);
        _site.RunSilently("bash", "-c", $"exec \"$@\" {closed}", "bash", Subject.Path, "-v", other, _site.Directory);
        _site.AssertMounted();
        _site.Unmount();
    }

    /// <summary>A stream that is closed takes nothing, as before, and does not swallow it.</summary>
    [Fact]
    public void Output_that_goes_nowhere_is_a_failure()
    {
        ProcessRun run = _site.Run("bash", "-c", "exec \"$@\" >&-", "bash", Subject.Path, "-V");
        Assert.Equal(FailedMount.SystemError, run.ExitCode);
        Assert.Contains("standard output", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void One_line_says_what_is_too_little(string limit)
    {
        (string[] command, string words) = CallerState.Refused[limit];
        ProcessRun run = _site.Run([.. command, Subject.Path, _site.Archive, _site.Directory]);
        string[] problems = FailedMount.Problems(FailedMount.SystemError, words, _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Theory]
    [MemberData(nameof(RefusedForUsers))]
    public void One_line_tells_a_user_what_is_missing(string limit)
    {
        using var site = new UserSite();
        (string[] command, int code, string words) = CallerState.RefusedForUsers[limit];
        ProcessRun run = site.As([.. command, site.Program, "-o", $"log={site.Site.Scratch.In("home/log")}", site.Site.Archive, site.Directory]);
        File.Delete(site.Site.Scratch.In("home/log"));
        string[] problems = FailedMount.Problems(code, words, site.Site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
        site.AssertGone();
    }

    /// <summary>With SIGCHLD ignored the kernel forgets how a child has ended, and waitpid(2) fails.</summary>
    [Theory]
    [InlineData("--default-signal=CHLD")]
    [InlineData("--ignore-signal=CHLD")]
    public void A_failed_fusermount3_is_a_failure(string signal)
    {
        using var site = new UserSite();
        site.As(site.Program, "-o", $"log={site.Site.Scratch.In("home/log")}", site.Site.Archive, site.Directory).Succeeded();
        site.AssertMounted();
        string bin = Directory.CreateDirectory(site.Site.Scratch.In("bin")).FullName;
        File.WriteAllText($"{bin}/fusermount3", "#!/bin/sh\necho \"fusermount3: failed to unmount: Device or resource busy\" >&2\nexit 1\n");
        File.SetUnixFileMode($"{bin}/fusermount3", (UnixFileMode)0b111_101_101);
        ProcessRun run = site.As("env", signal, $"PATH={bin}:/usr/bin:/bin", site.Program, "-u", site.Directory);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("Device or resource busy", run.Error, StringComparison.Ordinal);
        site.AssertMounted();
        site.As("env", signal, site.Program, "-u", site.Directory).Succeeded();
        File.Delete(site.Site.Scratch.In("home/log"));
        site.AssertGone();
    }

    [Fact]
    public void A_bad_archive_is_said_to_be_bad_in_the_foreground_too()
    {
        string bad = _site.Scratch.Write("bad.xz", "garbage"u8);
        ProcessRun run = _site.Run("env", "--ignore-signal=CHLD", Subject.Path, "-f", bad, _site.Directory);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, bad, _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    /// <summary>In the foreground nobody but the program itself resets what its caller has ignored or blocked.</summary>
    [Theory]
    [InlineData("--ignore-signal=TERM", Signum.SIGTERM)]
    [InlineData("--block-signal", Signum.SIGTERM)]
    [InlineData("--ignore-signal=USR2,PIPE,ALRM", Signum.SIGALRM)]
    [InlineData("--block-signal=ALRM", Signum.SIGALRM)]
    public void A_signal_ends_a_server_in_the_foreground(string left, Signum signal)
    {
        using Process server = StartInForeground(left);
        Assert.Equal(0, Syscall.kill(server.Id, signal));
        Assert.True(server.WaitForExit(Deadline.Short), $"SIG{signal} does not end it");
        Assert.Equal(0, server.ExitCode);
        _site.AssertGone();
    }

    /// <summary>nohup(1), and what a shell runs in the background.</summary>
    [Theory]
    [InlineData(Signum.SIGHUP)]
    [InlineData(Signum.SIGINT)]
    [InlineData(Signum.SIGQUIT)]
    public void A_signal_that_is_ignored_on_purpose_stays_ignored(Signum signal)
    {
        using Process server = StartInForeground($"--ignore-signal={(int)signal}");
        string line = File.ReadLines($"/proc/{server.Id}/status").Single(static line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        Assert.NotEqual(0UL, Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) & (1UL << ((int)signal - 1)));
        Assert.Equal(0, Syscall.kill(server.Id, signal));
        _site.AssertMounted();
        _site.RunSilently("umount", _site.Directory);
        Assert.True(server.WaitForExit(Deadline.Short), "it has not ended with its mount");
        Assert.Equal(0, server.ExitCode);
        _site.AssertGone();
    }

    /// <summary>alarm(2) before execve(2) is an old way to limit the time of a program.</summary>
    [Fact]
    public void An_alarm_limits_the_time_of_a_mount()
    {
        const string limited = "import os, signal, sys; signal.setitimer(signal.ITIMER_REAL, 0.3); os.execv(sys.argv[1], sys.argv[1:])";
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(_site.Archive).AsMemory(0, 100));
        ProcessRun run = _site.Run("python3", "-c", limited, Subject.Path, archive.Path, _site.Directory);
        Assert.Equal(FailedMount.Interrupted, run.ExitCode);
        Message.Is(run.Error, archive.Path, "interrupted");
        _site.AssertGone();
    }

    private Process StartInForeground(string left)
    {
        Process server = ProcessRun.Start(["env", left, Subject.Path, "-f", _site.Archive, _site.Directory], _site.Scratch.Work, _site.Scratch.Environment);
        Deadline.Until(() => MountTable.At(_site.Directory) is not null || server.HasExited, "a mount");
        Assert.False(server.HasExited, "it has ended");
        _site.AssertMounted();
        return server;
    }
}
