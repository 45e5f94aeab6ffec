namespace KHeadersFs.Mount.Tests;

/// <summary>Something is mounted on the directory already: never a second layer of ours.</summary>
public sealed class ExistingMountTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly Installation _installed;

    public ExistingMountTests() => _installed = Installation.WithHelpers(_site.Scratch);

    public void Dispose()
    {
        _installed.Dispose();
        _site.Dispose();
    }

    [Fact]
    public void A_dead_mount_is_replaced()
    {
        Mount().Succeeded();
        _site.KillServer();
        Deadline.Within(Deadline.Short, () => Assert.False(File.Exists(Path.Combine(_site.Directory, HandMadeArchive.AlwaysThere))));
        ProcessRun run = Mount().Succeeded();
        Message.Says(run.Error, $"{_site.Directory}: replaced server died");
        _site.AssertMounted();
        _site.Unmount();
    }

    [Fact]
    public void A_dead_mount_is_unmounted_by_the_program_too()
    {
        Mount().Succeeded();
        _site.KillServer();
        _site.RunSilently(Subject.Path, "-u", _site.Directory);
        _site.AssertGone();
    }

    [Fact]
    public void A_dead_mount_is_unmounted_by_the_program_while_it_is_in_use_and_a_live_one_is_not()
    {
        Mount().Succeeded();
        using (File.OpenRead(Path.Combine(_site.Directory, HandMadeArchive.AlwaysThere)))
        {
            Assert.Equal(FailedMount.MountFailure, _site.Run(Subject.Path, "-u", _site.Directory).ExitCode);
            _site.AssertMounted();
            _site.KillServer();
            _site.RunSilently(Subject.Path, "-u", _site.Directory);
        }

        _site.AssertGone();
    }

    [Fact]
    public void Several_dead_layers_are_replaced_by_one()
    {
        Mount().Succeeded();
        _site.KillServer();
        string moved = Directory.CreateDirectory(_site.Scratch.In("moved")).FullName;
        Mount(moved).Succeeded();
        _site.RunSilently("mount", "--move", moved, _site.Directory);
        Assert.Equal(2, MountTable.Read().Count(mount => string.Equals(mount.Directory, _site.Directory, StringComparison.Ordinal)));
        _site.KillServer();
        Mount().Succeeded();
        _site.AssertMounted();
        _site.Unmount();
    }

    [Fact]
    public void A_live_mount_of_the_same_archive_is_success_with_a_word()
    {
        Mount().Succeeded();
        int server = _site.Server();
        ProcessRun run = Mount().Succeeded();
        Message.Is(run.Error, _site.Directory, "mounted already");
        _site.AssertMounted();
        Assert.Equal(server, Assert.Single(Subject.Servers()));
        _site.Unmount();
    }

    [Fact]
    public void A_live_mount_of_another_archive_is_refused()
    {
        Mount().Succeeded();
        string other = _site.Scratch.In("other.tar.xz");
        File.Copy(_site.Archive, other);
        ProcessRun run = _site.Run("mount", "-t", "fuse.kheadersfs", other, _site.Directory);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Says(run.Error, $"{_site.Archive} mounted already umount");
        Assert.Equal(_site.Archive, _site.AssertMounted().Source);
        _site.Unmount();
    }

    [Fact]
    public void Eight_mounts_of_one_directory_at_once_leave_one_layer()
    {
        // One wins, the others find it there: which of the two they see first is a race, and never a second layer.
        var running = Enumerable.Range(0, 8).Select(_ => ProcessRun.Start(
            ["mount", "-t", "fuse.kheadersfs", _site.Archive, _site.Directory], _site.Scratch.Work, _site.Scratch.Environment)).ToList();
        foreach (System.Diagnostics.Process process in running)
        {
            Assert.True(process.WaitForExit(Deadline.Long), "a mount did not end");
            Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
            process.Dispose();
        }

        _site.AssertMounted();
        Assert.Single(Subject.Servers());
        _site.Unmount();
    }

    [Fact]
    public void A_mount_of_another_kind_below_is_covered_and_stays()
    {
        _site.RunSilently("mount", "-t", "tmpfs", "other", _site.Directory);
        Mount().Succeeded();
        Assert.Equal("fuse.kheadersfs", MountTable.At(_site.Directory)?.Type);
        _site.RunSilently("umount", _site.Directory);
        Assert.Equal("other", MountTable.At(_site.Directory)?.Source);
        _site.RunSilently("umount", _site.Directory);
        _site.AssertGone();
    }

    [Fact]
    public void Unmounting_what_is_not_ours_is_refused()
    {
        _site.RunSilently("mount", "-t", "tmpfs", "other", _site.Directory);
        ProcessRun run = Subject.Run(_site.Scratch, ["-u", _site.Directory]);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Says(run.Error, $"{_site.Directory}: no kheadersfs mounted findmnt");
        Assert.Equal("other", MountTable.At(_site.Directory)?.Source);
        _site.RunSilently("umount", _site.Directory);
    }

    private ProcessRun Mount(string? directory = null) =>
        _site.Run("mount", "-t", "fuse.kheadersfs", _site.Archive, directory ?? _site.Directory);
}
