namespace KHeadersFs.Mount.Tests;

/// <summary>-o log=FILE takes the server's lines where the system has no log.</summary>
public sealed class LogFileTests : IDisposable
{
    private const string Line = @"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ kheadersfs\[\d+\]: ";

    private readonly BareRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Lines_go_to_the_end_of_the_file()
    {
        File.WriteAllText(_root.In("/log"), "before\n");
        MountAndUnmount("log=/log", () => Lines() == 3);
        MountAndUnmount("log=/log,setuid=7", () => Lines() == 5);
        int Lines() => File.ReadAllLines(_root.In("/log")).Length;
        Assert.Matches($@"\Abefore\n({Line}{LogLine.Serving}/archive on /mnt\n{Line}\{{.*\}}\n){{2}}\z", File.ReadAllText(_root.In("/log")));
    }

    [Fact]
    public void A_new_file_is_for_its_owner()
    {
        MountAndUnmount("log=/log");
        Assert.Equal("600", OptionCase.Mode(_root.In("/log")));
    }

    /// <summary>What rotates logs moves a file away, and has the server open another one.</summary>
    [Fact]
    public void The_next_server_opens_the_file_anew()
    {
        _root.Kheadersfs("-o", "log=/log", BareRoot.Archive, BareRoot.MountPoint).Succeeded();
        File.Move(_root.In("/log"), _root.In("/log.1"));
        Assert.Equal(0, Mono.Unix.Native.Syscall.kill(_root.Server(), Mono.Unix.Native.Signum.SIGUSR2));
        Deadline.Until(() => File.Exists(_root.In("/log")) && File.ReadAllText(_root.In("/log")).EndsWith('\n'), "a line");
        Assert.Matches($@"\A{Line}{LogLine.TookOver}/archive on /mnt\n\z", File.ReadAllText(_root.In("/log")));
        _root.AssertMounted();
        _root.Kheadersfs("-u", BareRoot.MountPoint).Succeeded();
        _root.AssertGone();
    }

    [Fact]
    public void In_the_foreground_it_takes_what_follows_the_mount()
    {
        using System.Diagnostics.Process server = ProcessRun.Start(
            ["chroot", _root.Path, "/kheadersfs", "-f", "-o", "log=/log", BareRoot.Archive, BareRoot.MountPoint], null, null);
        Deadline.Until(() => File.Exists(_root.In("/log")) && File.ReadAllText(_root.In("/log")).Contains(LogLine.Serving, StringComparison.Ordinal), "a line");
        _root.AssertMounted();
        _root.Kheadersfs("-u", BareRoot.MountPoint).Succeeded();
        Assert.True(server.WaitForExit(Deadline.Short));
        Assert.Empty(server.StandardError.ReadToEnd());
    }

    [Theory]
    [InlineData(FailedMount.MountFailure, "/no/such/log")]
    [InlineData(FailedMount.MountFailure, "/mnt")]
    [InlineData(FailedMount.Usage, "log")]
    [InlineData(FailedMount.Usage, "")]
    public void What_cannot_be_written_to_is_refused(int code, string file)
    {
        ProcessRun run = _root.Kheadersfs("-o", $"mkdir,log={file}", BareRoot.Archive, "/made");
        Assert.Equal(code, run.ExitCode);
        Assert.Matches($@"\Akheadersfs: -o log={file}: [^\n]+; give [^\n]+\n\z", run.Error);
        Assert.False(Directory.Exists(_root.In("/made")));
        _root.AssertGone();
    }

    /// <summary>A full disk is no reason to end.</summary>
    [Fact]
    public void A_file_that_takes_nothing_more_keeps_nobody_from_serving()
    {
        ProcessRun.Of(["mknod", "-m", "666", _root.In("/dev/full"), "c", "1", "7"]).Succeeded();
        MountAndUnmount("log=/dev/full");
    }

    /// <summary>Between the two, the server is asked for its figures, which is a line.</summary>
    private void MountAndUnmount(string options, Func<bool>? hasAnswered = null)
    {
        Assert.Empty(_root.Kheadersfs("-o", options, BareRoot.Archive, BareRoot.MountPoint).Succeeded().Error);
        _root.AssertMounted();
        Assert.Equal(0, Mono.Unix.Native.Syscall.kill(_root.Server(), Mono.Unix.Native.Signum.SIGUSR1));
        Deadline.Until(hasAnswered ?? (static () => true), "an answer to SIGUSR1");
        Deadline.Within(Deadline.Short, () => Assert.NotEmpty(Directory.GetFileSystemEntries(_root.Root)));
        _root.Kheadersfs("-u", BareRoot.MountPoint).Succeeded();
        _root.AssertGone();
    }
}
