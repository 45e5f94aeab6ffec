using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>What those who start the program wait for: the word of readiness, and the end of their pipes.</summary>
public sealed class ReadinessTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_service_manager_is_told_once_the_mount_answers(bool isAbstract)
    {
        string path = isAbstract ? "\0kheadersfs-tests" : _site.Scratch.In("notify");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.ReceiveTimeout = (int)Deadline.Short.TotalMilliseconds;
        socket.Bind(new UnixDomainSocketEndPoint(path));
        var environment = new Dictionary<string, string>(_site.Scratch.Environment, StringComparer.Ordinal)
        {
            ["NOTIFY_SOCKET"] = path.Replace('\0', '@'),
        };
        using Process program = ProcessRun.Start([Subject.Path, "-f", _site.Archive, _site.Directory], _site.Scratch.Work, environment);
        List<string> messages = [];
        byte[] message = new byte[256];
        do
        {
            messages.Add(Encoding.UTF8.GetString(message, 0, socket.Receive(message)));
        }
        while (messages[^1] is not "READY=1");

        // Before that word it has all that the next server would need: store, session, device.
        Assert.Equal(4, messages.Count(static m => m.StartsWith("FDSTORE=1\n", StringComparison.Ordinal)));
        Assert.Equal(6, messages.Count); // also what shows that they are kept, and the word itself

        // No waiting here: this is what the message has promised.
        _site.AssertMounted();
        Assert.Equal(program.Id, _site.Server());
        Assert.Equal(0, Syscall.kill(program.Id, Signum.SIGTERM));
        Assert.True(program.WaitForExit(Deadline.Short), "SIGTERM does not end the service");
        Assert.Equal(0, program.ExitCode);
        _site.AssertGone();
    }

    [Fact]
    public void A_pipe_of_the_caller_ends_while_the_server_lives()
    {
        // cat ends when nobody holds descriptor 9 any more; the shell ends when cat does.
        ProcessRun run = _site.Run(
            "sh", "-c", "{ \"$1\" \"$2\" \"$3\" 9>&1 >/dev/null 2>&1 </dev/null; } | cat", "sh", Subject.Path, _site.Archive, _site.Directory);
        Assert.Equal(0, run.ExitCode);
        _site.AssertMounted();
        _site.Server();
        _site.Unmount();
    }

    [Fact]
    public void Standard_streams_that_are_pipes_end_while_the_server_lives()
    {
        // ProcessRun fails when the pipes of standard output and error stay open.
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        _site.Server();
        _site.Unmount();
    }

    [Theory]
    [InlineData("<&- >&- 2>&-")]
    [InlineData("<&-")]
    public void Closed_standard_streams_do_no_harm(string closed)
    {
        _site.Run("sh", "-c", $"\"$1\" \"$2\" \"$3\" {closed}", "sh", Subject.Path, _site.Archive, _site.Directory).Succeeded();
        _site.AssertMounted();
        _site.Unmount();
    }
}
