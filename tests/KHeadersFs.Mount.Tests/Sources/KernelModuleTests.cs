namespace KHeadersFs.Mount.Tests;

/// <summary>The archive in a module (CONFIG_IKHEADERS=m): loaded, used, and unloaded if it was loaded for us.</summary>
public sealed class KernelModuleTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_module_is_loaded_for_the_mount_and_unloaded_again()
    {
        using var kernel = new FakeKernel(_site.Scratch).Module(_site.Archive);
        _site.RunSilently(Subject.Path, "kheaders", _site.Directory);
        Assert.Equal("kheaders", _site.AssertMounted().Source);
        Assert.Equal(["-q kheaders", "-r kheaders"], kernel.Calls);
        Assert.False(File.Exists(FakeKernel.SysArchive));
        _site.Unmount();
    }

    [Fact]
    public void Mount_loads_it_too_although_it_clears_PATH()
    {
        using var kernel = new FakeKernel(_site.Scratch).Module(_site.Archive);
        using var installed = Installation.WithHelpers(_site.Scratch);
        _site.RunSilently("env", "-i", "/bin/mount", "-t", "fuse.kheadersfs", "kheaders", _site.Directory);
        _site.AssertMounted();
        Assert.Equal(["-q kheaders", "-r kheaders"], kernel.Calls);
        _site.Unmount();
    }

    [Fact]
    public void With_keep_module_it_stays_loaded()
    {
        using var kernel = new FakeKernel(_site.Scratch).Module(_site.Archive);
        _site.RunSilently(Subject.Path, "-o", "keep_module", "kheaders", _site.Directory);
        _site.AssertMounted();
        Assert.Equal(["-q kheaders"], kernel.Calls);
        Assert.True(File.Exists(FakeKernel.SysArchive));
        _site.Unmount();
    }

    [Fact]
    public void A_module_that_was_loaded_already_is_not_unloaded()
    {
        using var kernel = new FakeKernel(_site.Scratch).Module(_site.Archive);
        File.Copy(_site.Archive, FakeKernel.SysArchive);
        _site.RunSilently(Subject.Path, "kheaders", _site.Directory);
        _site.AssertMounted();
        Assert.Empty(kernel.Calls);
        Assert.True(File.Exists(FakeKernel.SysArchive));
        _site.Unmount();
    }

    [Fact]
    public void A_module_with_a_damaged_archive_is_unloaded_too()
    {
        string damaged = _site.Scratch.Write("damaged.tar.xz", File.ReadAllBytes(_site.Archive).AsSpan(0, 100));
        using var kernel = new FakeKernel(_site.Scratch).Module(damaged);
        Assert.Equal(FailedMount.MountFailure, Subject.Run(_site.Scratch, ["kheaders", _site.Directory]).ExitCode);
        Assert.Equal(["-q kheaders", "-r kheaders"], kernel.Calls);
        _site.AssertGone();
    }

    [Fact]
    public void A_module_that_cannot_be_unloaded_is_a_warning()
    {
        using var kernel = new FakeKernel(_site.Scratch).Modprobe(
            $"[ \"$1\" != -r ] || {{ echo 'Module kheaders is in use.' >&2; exit 1; }}; cp {_site.Archive} {FakeKernel.SysArchive}");
        ProcessRun run = Subject.Run(_site.Scratch, ["kheaders", _site.Directory]).Succeeded();
        Message.Says(run.Error, "warning: module kheaders stays loaded");
        Assert.Contains("Module kheaders is in use.", run.Error, StringComparison.Ordinal);
        _site.AssertMounted();
        _site.Unmount();
    }
}
