using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>As process 1 of a container the program must not return: its end would be the server's.</summary>
public sealed class Process1Tests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void It_stays_in_the_foreground_and_a_signal_unmounts()
    {
        using Process container = ProcessRun.Start(
            ["unshare", "--pid", "--fork", Subject.Path, "-o", "mkdir", _site.Archive, _site.Scratch.In("made")],
            _site.Scratch.Work, _site.Scratch.Environment);
        Deadline.Until(() => MountTable.At(_site.Scratch.In("made")) is not null, "a mount");
        _site.AssertMounted(_site.Scratch.In("made"));
        int server = _site.Server();
        Assert.False(container.HasExited);
        Assert.Equal(container.Id, ProcFs.Parent(server));
        Assert.Equal(0, Syscall.kill(server, Signum.SIGTERM));
        Assert.True(container.WaitForExit(Deadline.Short));
        Assert.Equal(0, container.ExitCode);
        Message.Says(container.StandardError.ReadToEnd(), "foreground -f process 1");
        _site.AssertGone();
        Assert.False(Directory.Exists(_site.Scratch.In("made")));
    }
}
