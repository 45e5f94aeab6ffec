namespace KHeadersFs.Mount.Tests;

/// <summary>mount -o remount runs the program again: the flags change, the server does not.</summary>
public sealed class RemountTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_changes_flags_and_starts_no_second_server(bool helpers)
    {
        using var installed = Installation.Of(_site.Scratch, helpers);
        _site.RunSilently("mount", "-t", "fuse.kheadersfs", _site.Archive, _site.Directory);
        _site.AssertMounted();
        int server = _site.Server();

        Assert.Equal("ro,nosuid,nodev,relatime", Remount("remount,ro"));
        Assert.Equal("ro,nosuid,nodev,noexec,relatime", Remount("remount,noexec"));
        Assert.Equal("ro,nosuid,nodev,relatime", Remount("remount,exec"));
        Assert.Equal("ro,nosuid,nodev,relatime", Remount("remount,rw,suid,dev"));
        Assert.Equal(server, _site.Server());
        Assert.Equal(server, Assert.Single(Subject.Servers()));
        _site.Unmount();
    }

    [Fact]
    public void Without_a_mount_there_is_nothing_to_change()
    {
        using var installed = Installation.WithHelpers(_site.Scratch);
        ProcessRun run = _site.Run(
            "mount", "-t", "fuse.kheadersfs", "-o", "remount,ro", _site.Archive, _site.Directory);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Says(run.Error, $"{_site.Directory}: no kheadersfs mounted");
        _site.AssertGone();
    }

    [Fact]
    public void The_mount_of_another_file_system_is_left_alone()
    {
        _site.RunSilently("mount", "-t", "tmpfs", "other", _site.Directory);
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "remount,noexec", _site.Archive, _site.Directory]);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Assert.DoesNotContain("noexec", MountTable.At(_site.Directory)!.Options, StringComparison.Ordinal);
        _site.RunSilently("umount", _site.Directory);
    }

    private string Remount(string options)
    {
        _site.RunSilently("mount", "-o", options, _site.Directory);
        return _site.AssertMounted().Options;
    }
}
