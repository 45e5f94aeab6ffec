using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// One test's place for mounts that other commands than the program make or remove. Disposing it ends and unmounts whatever
/// the test has left.
/// </summary>
internal sealed class MountSite : IDisposable
{
    private readonly HashSet<int> _servers = [];

    internal MountSite()
    {
        Subject.RequireMounts();
        Scratch = new Scratch();
        Archive = FittingArchive.Save(Scratch);
    }

    internal Scratch Scratch { get; }

    /// <summary>A small archive that fits the running kernel, so that nothing has to be said about it.</summary>
    internal string Archive { get; }

    internal string Directory => Scratch.MountPoint;

    /// <summary>Runs any command where the program could leave a file that would be seen.</summary>
    internal ProcessRun Run(params string[] command) =>
        ProcessRun.Of(command, Scratch.Work, Scratch.Environment, limit: Deadline.Long);

    /// <summary>Runs a command that must end with 0 and say nothing.</summary>
    internal void RunSilently(params string[] command)
    {
        ProcessRun run = Run(command).Succeeded();
        Assert.True((run.Output + run.Error).Length == 0, $"{run.Command}: said {run.Output}{run.Error}");
    }

    /// <summary>The one layer on a directory, which must be ours and answer.</summary>
    internal MountEntry AssertMounted(string? directory = null)
    {
        string place = directory ?? Directory;
        MountEntry mount = Assert.Single(
            MountTable.Read(), mount => string.Equals(mount.Directory, place, StringComparison.Ordinal));
        Assert.Equal("fuse.kheadersfs", mount.Type);
        Deadline.Within(Deadline.Short, () => Assert.NotEmpty(System.IO.Directory.GetFileSystemEntries(place)));
        _servers.UnionWith(Subject.Processes());
        TestRun.Mounted();
        return mount;
    }

    /// <summary>The one server that there is.</summary>
    internal int Server()
    {
        int server = Assert.Single(Subject.Servers());
        _servers.Add(server);
        return server;
    }

    /// <summary>Unmounts by umount(8); a second later nothing may be left.</summary>
    internal void Unmount(string? directory = null)
    {
        RunSilently("umount", directory ?? Directory);
        AssertGone();
    }

    internal void AssertGone()
    {
        Deadline.Until(() => Subject.Processes().Count == 0, "no process soon after the end of the mount", Deadline.Soon);
        Assert.DoesNotContain(MountTable.Read(), mount => mount.Type.StartsWith("fuse.kheadersfs", StringComparison.Ordinal));
        Assert.Empty(Scratch.FilesLeft());
        Reap();
    }

    /// <summary>Kills the server and waits until the kernel knows.</summary>
    internal void KillServer()
    {
        int server = Server();
        Assert.Equal(0, Syscall.kill(server, Signum.SIGKILL));
        Deadline.Until(() => !Subject.Processes().Contains(server), $"the end of server {server}");
    }

    public void Dispose()
    {
        foreach (int id in Subject.Processes())
        {
            _servers.Add(id);
            _ = Syscall.kill(id, Signum.SIGKILL);
        }

        foreach (MountEntry mount in MountTable.Read().Where(static m => m.Type is "fuse.kheadersfs"))
        {
            _ = Native.umount2(mount.Directory, Native.MNT_DETACH);
        }

        Deadline.Until(() => Subject.Processes().Count == 0, "the end of all servers");
        Reap();
        Scratch.Dispose();
    }

    // Orphans become children of this process (PrivateNamespace), and zombies until it has asked for them.
    private void Reap() => _servers.RemoveWhere(
        static id => ProcessRun.HasStarted(id) || Syscall.waitpid(id, out _, WaitOptions.WNOHANG) != 0);
}
