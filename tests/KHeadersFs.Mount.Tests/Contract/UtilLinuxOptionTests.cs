using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Every option that mount(8) of util-linux 2.42.4 (Debian sid) has for all file systems ("FILESYSTEM-INDEPENDENT MOUNT OPTIONS"): by itself as
/// that mount(8) hands it to a helper, and for a mount that is there.
/// </summary>
public sealed class UtilLinuxOptionTests : IDisposable
{
    private static readonly string[] Names =
    [
        "async", "atime", "noatime", "auto", "noauto", "defaults", "dev", "nodev", "diratime", "nodiratime", "dirsync", "exec", "noexec", "group",
        "iversion", "noiversion", "mand", "nomand", "_netdev", "nofail", "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime",
        "nolazytime", "suid", "nosuid", "silent", "loud", "owner", "ro", "rw", "sync", "user", "user=root", "nouser", "users", "X-app.option",
        "X-app.option=value", "x-app.option", "x-app.option=value", "X-mount.auto-fstypes=\"ext4,xfs\"", "X-mount.mkdir", "X-mount.mkdir=0700",
        "X-mount.nocanonicalize", "X-mount.nocanonicalize=source", "X-mount.noloop", "X-mount.subdir=a", "X-mount.owner=0", "X-mount.group=0",
        "X-mount.mode=0755", "X-mount.idmap=u:0:1:1", "nosymfollow", "symfollow", "nouser,nogroup,noowner,nousers", "comment=a", "uhelper=a", "helper=a",

        // "Virtual Filesystem Notes", "Read-only Setting Notes".
        "ro=recursive", "ro=vfs", "ro=fs", "rw=vfs", "noexec=recursive", "exec=recursive", "nosuid=vfs", "suid=fs", "nodev=recursive",
        "dev=recursive", "noatime=recursive", "nodiratime=recursive", "relatime=recursive", "strictatime=recursive", "nosymfollow=recursive", "symfollow=vfs",
    ];

    private readonly MountSite _site = new();

    public static TheoryData<string> All => [.. Names];

    public void Dispose() => _site.Dispose();

    [Theory]
    [MemberData(nameof(All))]
    public void It_is_accepted_for_a_mount_and_for_one_that_is_there(string option)
    {
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory, "-o", $"rw,{option}");
        Expect(option);
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory, "-o", $"remount,rw,{option}");
        Expect(option);
        _site.Unmount();
    }

    [Theory]
    [InlineData("noexec=maybe")]
    [InlineData("mkdir=recursive")]
    [InlineData("uid=recursive")]
    [InlineData("context=")]
    public void A_value_that_means_nothing_is_refused(string option)
    {
        TestRun.SkipUnless(!Directory.Exists("/sys/fs/selinux/booleans"), "with SELinux a context may be accepted");
        ProcessRun run = _site.Run(Subject.Path, _site.Archive, _site.Directory, "-o", option);
        Assert.NotEqual(0, run.ExitCode);
        _site.AssertGone();
    }

    /// <summary>As mount(8) of util-linux 2.37 and later hands it over, and older ones, which do not know it, too.</summary>
    [Fact]
    public void With_nosymfollow_no_link_is_followed_until_it_is_taken_back()
    {
        File.Delete(_site.Archive);
        string archive = FittingArchive.Of(FittingArchive.RunningRelease).Link("include/link.h", "linux/kconfig.h").Save(_site.Scratch);
        using var installed = Installation.WithHelpers(_site.Scratch);
        string link = Path.Combine(_site.Directory, "include/link.h");
        _site.RunSilently("mount", "-t", "fuse.kheadersfs", "-o", "nosymfollow", archive, _site.Directory);
        Assert.EndsWith(",nosymfollow", _site.AssertMounted().Options, StringComparison.Ordinal);
        Assert.Equal(Errno.ELOOP, Open(link));
        _site.RunSilently("mount", "-o", "remount,symfollow", _site.Directory);
        Assert.Equal("ro,nosuid,nodev,relatime", _site.AssertMounted().Options);
        Assert.Equal(default, Open(link));
        _site.RunSilently("mount", "-o", "remount,nosymfollow", _site.Directory);
        Assert.Equal(Errno.ELOOP, Open(link));
        _site.Unmount();
    }

    /// <summary>fusermount3 knows it since 3.18; an older one says that it does not.</summary>
    [Fact]
    public void An_ordinary_users_fusermount3_does_it_or_says_that_it_cannot()
    {
        using var site = new UserSite();
        string log = site.Site.Scratch.In("home/log");
        ProcessRun run = site.Mount("-o", $"nosymfollow,log={log}");
        if (run.ExitCode == 0)
        {
            Assert.EndsWith(",nosymfollow", MountTable.At(site.Directory)!.Options, StringComparison.Ordinal);
            site.As(site.Program, "-u", site.Directory).Succeeded();
        }
        else
        {
            Assert.Equal(FailedMount.MountFailure, run.ExitCode);
            Assert.Contains("'nosymfollow'", run.Error, StringComparison.Ordinal);
        }

        File.Delete(log);
        site.AssertGone();
    }

    private void Expect(string option)
    {
        MountEntry mount = _site.AssertMounted();
        Assert.StartsWith("ro,nosuid,nodev", mount.Options, StringComparison.Ordinal);
        string name = option.Split('=')[0];
        Assert.Equal(name is "noexec" or "nosymfollow", mount.Options.Split(',').Any(static one => one is "noexec" or "nosymfollow"));
    }

    private static Errno Open(string path)
    {
        int file = Syscall.open(path, OpenFlags.O_RDONLY);
        Errno errno = file < 0 ? Stdlib.GetLastError() : default;
        _ = Syscall.close(file);
        return errno;
    }
}
