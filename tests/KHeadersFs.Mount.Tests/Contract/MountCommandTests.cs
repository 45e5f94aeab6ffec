namespace KHeadersFs.Mount.Tests;

/// <summary>mount(8), in each of the ways in which it can reach the program, and what umount(8) leaves.</summary>
public sealed class MountCommandTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(true, "mount -t fuse.kheadersfs kheaders DIR")]
    [InlineData(true, "mount -t kheadersfs kheaders DIR")]
    [InlineData(true, "mount -t fuse.kheadersfs none DIR")]
    [InlineData(true, "mount -t fuse.kheadersfs -o rw,suid,dev kheaders DIR")]
    [InlineData(true, "busybox mount -t fuse.kheadersfs kheaders DIR")]
    [InlineData(true, "busybox mount -t kheadersfs -o ro kheaders DIR")]
    [InlineData(false, "mount -t fuse.kheadersfs kheaders DIR")]
    [InlineData(false, "mount -t fuse.kheadersfs -o rw,suid,dev kheaders DIR")]
    [InlineData(false, "mount -t fuse kheadersfs#kheaders DIR")]
    public void It_mounts_and_umount_leaves_nothing(bool helpers, string command)
    {
        string[] words = [.. command.Split(' ').Select(word => word is "DIR" ? _site.Directory : word)];
        TestRun.SkipUnless(ClangCompile.IsInstalled(words[0]), $"{words[0]} is not installed");
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        using var installed = Installation.Of(_site.Scratch, helpers);
        _site.RunSilently(words);
        MountEntry mount = _site.AssertMounted();
        Assert.Equal("kheaders", mount.Source);
        Assert.StartsWith("ro,nosuid,nodev", mount.Options, StringComparison.Ordinal);
        _site.Unmount();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_path_is_shown_as_the_source(bool helpers)
    {
        using var installed = Installation.Of(_site.Scratch, helpers);
        _site.RunSilently("mount", "-t", "fuse.kheadersfs", _site.Archive, _site.Directory);
        Assert.Equal(_site.Archive, _site.AssertMounted().Source);
        _site.Unmount();
    }

    [Fact]
    public void Findmnt_shows_source_target_type_and_options()
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        using var installed = Installation.WithHelpers(_site.Scratch);
        _site.RunSilently("mount", "-t", "fuse.kheadersfs", "kheaders", _site.Directory);
        _site.AssertMounted();
        string shown = _site.Run("findmnt", "-n", "-r", "-o", "SOURCE,TARGET,FSTYPE,OPTIONS", _site.Directory).Succeeded().Output;
        Assert.StartsWith($"kheaders {_site.Directory} fuse.kheadersfs ro,nosuid,nodev,", shown, StringComparison.Ordinal);
        _site.Unmount();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_made_up_option_is_refused_by_name_with_exit_code_1(bool helpers)
    {
        using var installed = Installation.Of(_site.Scratch, helpers);
        ProcessRun run = _site.Run("mount", "-t", "fuse.kheadersfs", "-o", "made_up=7", _site.Archive, _site.Directory);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("made_up=7", run.Error, StringComparison.Ordinal);
        _site.AssertGone();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failure_goes_through_with_its_exit_code_and_its_words(bool helpers)
    {
        using var installed = Installation.Of(_site.Scratch, helpers);
        ProcessRun run = _site.Run("mount", "-t", "fuse.kheadersfs", "/no/such/archive", _site.Directory);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Says(run.Error, "/no/such/archive: no file");
        _site.AssertGone();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_bind_mount_is_served_until_the_last_of_the_two_has_gone(bool helpers)
    {
        using var installed = Installation.Of(_site.Scratch, helpers);
        string other = Directory.CreateDirectory(_site.Scratch.In("other")).FullName;
        _site.RunSilently("mount", "-t", "fuse.kheadersfs", _site.Archive, _site.Directory);
        _site.RunSilently("mount", "--bind", _site.Directory, other);
        _site.RunSilently("mount", "-o", "remount,bind,noexec", other);
        _site.RunSilently("umount", _site.Directory);
        Assert.Contains("noexec", _site.AssertMounted(other).Options, StringComparison.Ordinal);
        Deadline.Within(Deadline.Short, () => Assert.NotEmpty(File.ReadAllBytes(Path.Combine(other, HandMadeArchive.AlwaysThere))));
        _site.Unmount(other);
    }

    [Fact]
    public void A_directory_named_relatively_is_unmounted_by_the_same_name()
    {
        using var installed = Installation.WithHelpers(_site.Scratch);
        _site.RunSilently("mount", "-t", "fuse.kheadersfs", _site.Archive, "../mnt");
        _site.AssertMounted();
        _site.Unmount("../mnt");
    }
}
