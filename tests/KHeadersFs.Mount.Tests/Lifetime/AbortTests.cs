using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Somebody aborts the connection: what is left is a dead mount, which the server takes away.</summary>
public sealed class AbortTests : IDisposable
{
    private const string Said = "connection aborted";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("umount -f", "auto")]
    [InlineData("umount -f", "on")]
    [InlineData("umount -f", "off")]
    [InlineData("abort", "auto")]
    [InlineData("abort", "off")]
    public void What_an_aborted_connection_leaves_is_cleared_up(string way, string sandbox)
    {
        string log = _site.Scratch.In("log");
        string made = _site.Scratch.In("made");
        string directory = $"{made}/build";
        _site.RunSilently(Subject.Path, "-o", $"mkdir,log={log},pidfile={_site.Scratch.In("pid")},sandbox={sandbox}", _site.Archive, directory);
        MountEntry mount = _site.AssertMounted(directory);
        int server = _site.Server();
        using NamespaceHolder user = NamespaceHolder.Run("cd \"$1\"", [], [directory]);
        Abort(way, mount);
        Assert.Equal(FailedMount.NoAnswer, EndOf(server));
        _site.AssertGone();
        Assert.False(Directory.Exists(made), "what mkdir made is left");
        Assert.False(File.Exists(_site.Scratch.In("pid")), "the pid file is left");
        string line = Assert.Single(File.ReadAllLines(log), static l => Message.Has(l, Said));
        Assert.Contains($"{directory}: ", line, StringComparison.Ordinal);
        _site.RunSilently(Subject.Path, "-o", "mkdir", _site.Archive, directory);
        _site.AssertMounted(directory);
        _site.Unmount(directory);
        Assert.False(Directory.Exists(made));
    }

    [Fact]
    public void In_the_foreground_the_status_is_one_of_failure()
    {
        using MountedProgram mounted = MountedProgram.Foreground(_site.Archive);
        Abort("abort", MountTable.At(mounted.Root)!);
        Assert.Equal(FailedMount.NoAnswer, mounted.WaitForEnd());
        Message.Says(mounted.LogText, Said);
        Assert.True(mounted.IsUnmounted());
    }

    [Fact]
    public void An_ordinary_users_mount_is_cleared_up_too()
    {
        var user = new OrdinaryUser(_site.Scratch);
        using var device = new BoundDevice(_site.Scratch, "666");
        _site.Run([.. OrdinaryUser.Prefix, user.Program, _site.Archive, _site.Directory]).Succeeded();
        Abort("abort", MountTable.At(_site.Directory)!);
        Deadline.Until(() => ProcFs.Running(user.Program).Count == 0 && MountTable.At(_site.Directory) is null, "the end of server and mount");
    }

    [Fact]
    public void A_manager_that_keeps_descriptors_gets_a_new_mount()
    {
        using var manager = new StandInManager(_site, _site.Directory);
        manager.Tell("start");
        Abort("abort", _site.AssertMounted());
        Assert.Equal($"ended {FailedMount.NoAnswer}", string.Join(' ', manager.Tell("end SIGCONT")));
        manager.Tell("start");
        _site.AssertMounted();
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGTERM")));
        _site.AssertGone();
    }

    /// <summary>A bind copy is as dead as the mount.</summary>
    [Fact]
    public void Copies_of_the_mount_go_too()
    {
        string copy = Directory.CreateDirectory(_site.Scratch.In("copy")).FullName;
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        MountEntry mount = _site.AssertMounted();
        int server = _site.Server();
        _site.RunSilently("mount", "--bind", _site.Directory, copy);
        Abort("abort", mount);
        Assert.Equal(FailedMount.NoAnswer, EndOf(server));
        _site.AssertGone();
    }

    private void Abort(string way, MountEntry mount)
    {
        if (way is "umount -f")
        {
            Assert.Equal(32, _site.Run("umount", "-f", mount.Directory).ExitCode); // it is in use
            return;
        }

        FuseConnection connection = FuseConnection.TryOf(mount)!;
        File.WriteAllText(Path.Combine(connection.Path, "abort"), "1");
    }

    private static int EndOf(int server)
    {
        int status = 0;
        Deadline.Until(() => Syscall.waitpid(server, out status, WaitOptions.WNOHANG) == server, string.Create(CultureInfo.InvariantCulture, $"the end of server {server}"));
        return Syscall.WIFEXITED(status) ? Syscall.WEXITSTATUS(status) : 128 + (int)Syscall.WTERMSIG(status);
    }
}
