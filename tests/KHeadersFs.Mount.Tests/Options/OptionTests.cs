namespace KHeadersFs.Mount.Tests;

/// <summary>Every option that the program lists does what it says; those of others are taken; all else is refused.</summary>
public sealed class OptionTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [MemberData(nameof(OptionList.Effective), MemberType = typeof(OptionList))]
    public void An_option_does_what_the_list_says(string option)
    {
        Action<OptionCase>[] cases = OptionCases.Of(option);
        Assert.True(cases.Length > 0, $"-o {option} is listed, and no test exercises it");
        Assert.All(cases, one =>
        {
            one(new OptionCase(_site));
            _site.AssertGone();
        });
    }

    [Fact]
    public void No_case_is_for_an_option_that_is_not_listed()
    {
        string[] listed = [.. OptionList.Effective.Select(static row => row.Data)];
        Assert.Empty(OptionCases.Names.Except(listed, StringComparer.Ordinal));
    }

    [Fact]
    public void Options_of_mount_and_systemd_are_accepted_all_at_once()
    {
        Assert.True(OptionList.Ignored.Length > 40, "the list of ignored options is short");
        _site.RunSilently(Subject.Path, "-o", string.Join(',', OptionList.Ignored), _site.Archive, _site.Directory);
        Assert.Equal("ro,nosuid,nodev,relatime", _site.AssertMounted().Options);
        _site.Unmount();
    }

    // fstab(5), mount(8), systemd.mount(5), mount.fuse3(8): whoever writes these has other file systems in mind too.
    [Theory]
    [InlineData("rw,defaults,auto,noauto,nofail,fail,user,user=root,nouser,users,nousers,owner,noowner,group,nogroup,_netdev,silent,loud")]
    [InlineData("atime,noatime,diratime,nodiratime,relatime,norelatime,strictatime,nostrictatime,lazytime,nolazytime,iversion,noiversion")]
    [InlineData("mand,nomand,async,comment=a b,x-systemd.automount,x-gvfs-hide,X-mount.mkdir,uhelper=udisks2,helper=x,suid,dev")]
    [InlineData("default_permissions,subtype=kheadersfs,auto_unmount")]
    [InlineData(",,ro,,")]
    public void Options_that_others_write_are_accepted(string options)
    {
        _site.RunSilently(Subject.Path, "-o", options, _site.Archive, _site.Directory);
        _site.AssertMounted();
        _site.Unmount();
    }

    [Theory]
    [InlineData("made_up", "made_up")]
    [InlineData("made_up=7", "made_up=7")]
    [InlineData("ro,made_up", "made_up")]
    [InlineData("uidd=0", "uidd=0")]
    [InlineData("uid", "uid")]
    [InlineData("mkdir=0755", "mkdir=0755")]
    [InlineData("RO", "RO")]
    [InlineData("uid=", "uid=")]
    [InlineData("uid=no-such-user", "uid=no-such-user")]
    [InlineData("uid=-1", "uid=-1")]
    [InlineData("uid=4294967295", "uid=4294967295")]
    [InlineData("gid=no-such-group", "gid=no-such-group")]
    [InlineData("gid=4294967296", "gid=4294967296")]
    [InlineData("umask=8", "umask=8")]
    [InlineData("umask=1000", "umask=1000")]
    [InlineData("umask=", "umask=")]
    [InlineData("umask=-1", "umask=-1")]
    [InlineData("release=maybe", "release=maybe")]
    [InlineData("threads=0", "threads=0")]
    [InlineData("threads=65", "threads=65")]
    [InlineData("threads=two", "threads=two")]
    [InlineData("cache_max=0", "cache_max=0")]
    [InlineData("cache_max=65537", "cache_max=65537")]
    [InlineData("spin=10001", "spin=10001")]
    [InlineData("spin=-1", "spin=-1")]
    [InlineData("cache_blocks=0", "cache_blocks=0")]
    [InlineData("cache_blocks=4097", "cache_blocks=4097")]
    [InlineData("prime=1", "prime=1")]
    [InlineData("max_read=4095", "max_read=4095")]
    [InlineData("max_read=131073", "max_read=131073")]
    [InlineData("max_read=128k", "max_read=128k")]
    [InlineData("idle=0", "idle=0")]
    [InlineData("idle=1000001", "idle=1000001")]
    [InlineData("idle=", "idle=")]
    [InlineData("idle=1s", "idle=1s")]
    [InlineData("setuid=no-such-user", "setuid=no-such-user")]
    [InlineData("log=relative", "log=relative")]
    public void What_is_unknown_or_out_of_range_is_refused_by_name_with_exit_code_1(string options, string named)
    {
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", options, _site.Archive, _site.Directory]);
        string[] problems = FailedMount.Problems(FailedMount.Usage, $"-o {named}: ", _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }
}
