namespace KHeadersFs.Mount.Tests;

/// <summary>Where the running kernel's archive is found, and what else can be one.</summary>
public sealed class KernelArchiveTests : IDisposable
{
    /// <summary>
    /// A /proc with one more file in it: links to the real one's entries, in a mount namespace of the command's own. $1 is
    /// where the real one goes, $2 the archive, and the rest the command.
    /// </summary>
    private const string ProcWithArchive = """
        set -e
        mount --bind /proc "$1"
        mount -t tmpfs proc /proc
        for entry in "$1"/*; do ln -s "$entry" /proc/; done
        cp "$2" /proc/kheaders.tar.xz
        shift 2
        "$@"
        """;

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("kheaders")]
    [InlineData("none")]
    [InlineData("auto")]
    public void The_archive_below_sys_is_found_without_modprobe(string name)
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive).Modprobe("exit 1");
        _site.RunSilently(Subject.Path, name, _site.Directory);
        Assert.Equal("kheaders", _site.AssertMounted().Source);
        Assert.Empty(kernel.Calls);
        _site.Unmount();
    }

    [Fact]
    public void The_archive_below_sys_named_by_its_path_is_shown_without_a_path()
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        _site.RunSilently(Subject.Path, FakeKernel.SysArchive, _site.Directory);
        Assert.Equal("kheaders", _site.AssertMounted().Source);
        _site.Unmount();
    }

    [Fact]
    public void Once_mounted_the_archive_below_sys_is_not_needed_any_more()
    {
        using (FakeKernel.WithArchive(_site.Scratch, _site.Archive))
        {
            _site.RunSilently(Subject.Path, "kheaders", _site.Directory);
        }

        Assert.Contains("IS_ENABLED", File.ReadAllText(Path.Combine(_site.Directory, HandMadeArchive.AlwaysThere)), StringComparison.Ordinal);
        _site.Unmount();
    }

    [Fact]
    public void The_archive_below_proc_of_old_and_Android_kernels_is_found()
    {
        using var kernel = new FakeKernel(_site.Scratch).Modprobe("exit 1");
        string read = $"\"$1\" kheaders \"$2\" && cat \"$2/{HandMadeArchive.AlwaysThere}\" && umount \"$2\"";
        ProcessRun run = _site.Run(
            "unshare", "--mount", "--propagation", "private", "sh", "-c", ProcWithArchive, "sh",
            Directory.CreateDirectory(_site.Scratch.In("proc")).FullName, _site.Archive,
            "sh", "-c", read, "sh", Subject.Path, _site.Directory).Succeeded();
        Assert.Contains("IS_ENABLED", run.Output, StringComparison.Ordinal);
        _site.AssertGone();
    }

    [Theory]
    [InlineData("\"$1\" - \"$3\" <\"$2\"")]
    [InlineData("cat \"$2\" | \"$1\" - \"$3\"")]
    [InlineData("\"$1\" /dev/fd/7 \"$3\" 7<\"$2\"")]
    [InlineData("cat \"$2\" | \"$1\" /dev/fd/7 \"$3\" 7<&0 </dev/null")]
    [InlineData("\"$1\" /proc/self/fd/7 \"$3\" 7<\"$2\"")]
    public void A_descriptor_can_be_the_archive(string script)
    {
        _site.RunSilently("sh", "-c", script, "sh", Subject.Path, _site.Archive, _site.Directory);
        Assert.Equal("kheaders", _site.AssertMounted().Source);
        _site.Unmount();
    }
}
