namespace KHeadersFs.Mount.Tests;

/// <summary>Lines of /etc/fstab, and what mount, umount, findmnt and systemd make of them.</summary>
public sealed class FstabTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly Overlay _etc;

    public FstabTests() => _etc = new Overlay(_site.Scratch, "/etc");

    public void Dispose()
    {
        _etc.Dispose();
        _site.Dispose();
    }

    [Theory]
    [InlineData(true, "fuse.kheadersfs")]
    [InlineData(true, "kheadersfs")]
    [InlineData(false, "fuse.kheadersfs")]
    public void Mount_all_mounts_the_line_once(bool helpers, string type)
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        using var installed = Installation.Of(_site.Scratch, helpers);
        WriteLine("ro,nofail", type);
        _site.RunSilently("mount", "-a");
        Assert.Equal("kheaders", _site.AssertMounted().Source);
        int server = _site.Server();
        _site.RunSilently("mount", "-a");
        _site.AssertMounted();
        Assert.Equal(server, _site.Server());
        _site.RunSilently("mount", "-o", "remount,ro", _site.Directory);
        Assert.Equal(server, _site.Server());
        _site.Unmount();
    }

    [Fact]
    public void A_line_for_an_automount_is_mounted_by_its_directory()
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        using var installed = Installation.WithHelpers(_site.Scratch);
        WriteLine("ro,noauto,nofail,_netdev,x-systemd.automount,x-systemd.idle-timeout=60,comment=headers");
        _site.RunSilently("mount", "-a");
        Assert.Null(MountTable.At(_site.Directory));
        _site.RunSilently("mount", _site.Directory);
        _site.AssertMounted();
        _site.Unmount();
    }

    [Theory]
    [InlineData("ro,mkdir")]
    [InlineData("ro,mkdir,nofail")]
    public void A_line_can_make_its_directory_and_umount_removes_it(string options)
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        using var installed = Installation.WithHelpers(_site.Scratch);
        string made = _site.Scratch.In("made/build");
        WriteLine(options, directory: made);
        _site.RunSilently("mount", made);
        _site.AssertMounted(made);
        _site.Unmount(made);
        Assert.False(Directory.Exists(_site.Scratch.In("made")));
    }

    [Fact]
    public void An_ordinary_user_mounts_and_unmounts_the_line_that_allows_it()
    {
        TestRun.SkipUnless(ClangCompile.IsInstalled("fusermount3"), "fusermount3 (package fuse3) is not installed");
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        var user = new OrdinaryUser(_site.Scratch);
        using var installed = Installation.WithHelpers(_site.Scratch, user.Program);
        using var device = new BoundDevice(_site.Scratch, "666");
        WriteLine("ro,user,noauto");
        try
        {
            ProcessRun.Of([.. OrdinaryUser.Prefix, "mount", _site.Directory], _site.Scratch.Work, _site.Scratch.Environment).Succeeded();
            MountEntry mount = MountTable.At(_site.Directory)!;
            Assert.Equal("kheaders", mount.Source);
            Assert.StartsWith("ro,nosuid,nodev,noexec", mount.Options, StringComparison.Ordinal);
            ProcessRun.Of([.. OrdinaryUser.Prefix, "umount", _site.Directory], _site.Scratch.Work, _site.Scratch.Environment).Succeeded();
            Deadline.Until(() => ProcFs.Running(user.Program).Count == 0, "no process left");
            Assert.Null(MountTable.At(_site.Directory));
        }
        finally
        {
            user.Clear(_site.Directory);
        }
    }

    [Fact]
    public void Findmnt_finds_no_error_in_the_line()
    {
        WriteLine("ro,nofail");
        ProcessRun run = _site.Run("findmnt", "--verify").Succeeded();
        Assert.Contains(" 0 errors", run.Output + run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ro,nofail")]
    [InlineData("ro,nofail,x-systemd.automount")]
    public void Systemd_waits_for_no_device(string options)
    {
        const string generator = "/usr/lib/systemd/system-generators/systemd-fstab-generator";
        TestRun.SkipUnless(File.Exists(generator), "systemd is not installed");
        WriteLine(options);
        string units = Directory.CreateDirectory(_site.Scratch.In("units")).FullName;
        _site.Run(generator, units, units, units).Succeeded();
        string[] files = Directory.GetFiles(units);
        string unit = File.ReadAllText(Assert.Single(files, static f => f.EndsWith(".mount", StringComparison.Ordinal)));
        Assert.Contains("What=kheaders\n", unit, StringComparison.Ordinal);
        Assert.Contains("Type=fuse.kheadersfs\n", unit, StringComparison.Ordinal);
        Assert.All(files, static file => Assert.DoesNotContain(".device", File.ReadAllText(file), StringComparison.Ordinal));
    }

    private void WriteLine(string options, string type = "fuse.kheadersfs", string? directory = null) =>
        File.WriteAllText(_etc.In("fstab"), $"kheaders {directory ?? _site.Directory} {type} {options} 0 0\n");
}
