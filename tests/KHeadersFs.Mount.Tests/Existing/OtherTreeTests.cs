namespace KHeadersFs.Mount.Tests;

/// <summary>A mount that asks for another tree than the one that is there is refused by the option's name: it is never told that all is well.</summary>
public sealed class OtherTreeTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("uapi")]
    [InlineData("kbuild")]
    [InlineData("subdir=include")]
    [InlineData("umask=77")]
    [InlineData("uid=1234")]
    [InlineData("gid=1234")]
    [InlineData("limit_name=29")]
    [InlineData("limit_target=5")]
    [InlineData("limit_depth=3")]
    public void Another_tree_is_refused_by_name_and_force_replaces(string option)
    {
        Archive();
        Assert.Empty(MountWith("ro").Error);
        string plain = Tree();
        AssertRefused(MountWith(option), option);
        Assert.Equal(plain, Tree());

        Message.Says(MountWith($"force,{option}").Succeeded().Error, $"replaced -o force {_site.Archive} mounted");
        string other = Tree();
        Assert.NotEqual(plain, other, StringComparer.Ordinal);
        Message.Says(MountWith(option).Succeeded().Error, "mounted already");
        AssertRefused(MountWith("ro"), option);
        AssertRefused(_site.Run(Subject.Path, "-f", "-o", "release=ignore", _site.Archive, _site.Directory), option);
        Assert.Equal(other, Tree());
        _site.RunSilently(Subject.Path, "-u", _site.Directory);
        _site.AssertGone();
    }

    [Theory]
    [InlineData("uid=0,gid=0,umask=0,limit_depth=2048", "ro")]
    [InlineData("subdir=include/linux", "subdir=/include/./linux/")]
    [InlineData("umask=022,threads=3,prime", "umask=22,cache_blocks=7,idle=1000")]
    public void The_same_tree_by_other_words_is_mounted_already(string first, string second)
    {
        Archive();
        MountWith(first).Succeeded();
        Message.Says(MountWith(second).Succeeded().Error, "mounted already");
        _site.RunSilently(Subject.Path, "-u", _site.Directory);
        _site.AssertGone();
    }

    [Fact]
    public void A_remount_does_not_pretend_to_change_the_tree()
    {
        MountWith("umask=77").Succeeded();
        string before = Tree();
        ProcessRun refused = MountWith("remount,uapi");
        Assert.Equal(FailedMount.MountFailure, refused.ExitCode);
        Assert.Matches($"\\Akheadersfs: {_site.Directory}: [^\n]*uapi[^\n]*\n\\z", refused.Error);
        MountWith("remount,umask=77,noexec").Succeeded();
        MountWith("remount,exec").Succeeded();
        Assert.Equal(before, Tree());
        _site.Unmount();
    }

    [Fact]
    public void A_user_without_a_place_for_records_is_told_too()
    {
        using var site = new UserSite();
        site.Mount("-o", "umask=77").Succeeded();
        Message.Says(site.Mount("-o", "umask=77").Succeeded().Error, "mounted already");
        ProcessRun refused = site.Mount("-o", "umask=7");
        Assert.Equal(FailedMount.MountFailure, refused.ExitCode);
        Message.Says(refused.Error, "mounted already umask=77 not umask=7");
        site.As(site.Program, "-u", site.Directory).Succeeded();
        site.AssertGone();
    }

    [Fact]
    public void A_user_is_not_told_that_roots_mount_is_of_a_view_that_only_root_can_see()
    {
        using var site = new UserSite();
        site.Site.RunSilently(Subject.Path, site.Site.Archive, site.Directory);
        ProcessRun refused = site.Mount("-o", "kbuild");
        Assert.Equal(FailedMount.MountFailure, refused.ExitCode);
        Message.Says(refused.Error, "mounted only user 0 kbuild");
        Message.Says(site.Mount().Succeeded().Error, "mounted already");
        site.Site.Unmount();
    }

    private void Archive() => FittingArchive.Of(FittingArchive.RunningRelease)
        .File("include/uapi/linux/x.h", "#ifdef __KERNEL__\n#endif\nint x;\n")
        .File("include/linux/can/raw.h", "")
        .Link("include/linux/link.h", "kconfig.h")
        .Save(_site.Scratch, "--force");

    private ProcessRun MountWith(string options) => Subject.Run(_site.Scratch, ["-o", "release=ignore," + options, _site.Archive, _site.Directory]);

    private void AssertRefused(ProcessRun run, string option)
    {
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Is(run.Error, _site.Directory, $"{_site.Archive} mounted already {option} umount {_site.Directory} -o force");
    }

    /// <summary>All names with what stat(2) says of them.</summary>
    private string Tree() =>
        _site.Run("find", _site.Directory, "-printf", "%P %M %U:%G %s %l\\n").Succeeded().Output;
}
