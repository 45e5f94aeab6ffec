namespace KHeadersFs.Mount.Tests;

/// <summary>A container that sees a node's root somewhere, as /host: links in there mean the node's places. And links that lead elsewhere are never followed in silence.</summary>
public sealed class OtherRootTests : IDisposable
{
    private const string Build = "/lib/modules/6.98.0-node/build";
    private const string Place = "/usr/src/linux-headers-6.98.0-node";

    private readonly MountSite _site = new();
    private readonly string _root;

    public OtherRootTests()
    {
        _root = Directory.CreateDirectory(_site.Scratch.In("host")).FullName;
        Directory.CreateDirectory(Path.GetDirectoryName(_root + Build)!);
        Directory.CreateDirectory(_root + "/usr/src");
    }

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(Place)]
    [InlineData("../../.." + Place)]
    [InlineData("../../../../../../../.." + Place)]
    public void The_nodes_link_means_the_nodes_place(string target)
    {
        File.CreateSymbolicLink(_root + Build, target);
        ProcessRun run = Mount("mkdir").Succeeded();
        Message.IsWarning(run.Error, Build, $"link {_root + Place} mounted container /lib/modules -v {Place}:{Place}:ro");
        _site.AssertMounted(_root + Place);
        Assert.False(Directory.Exists(Place));
        _site.Unmount(_root + Place);
        Assert.Empty(Directory.GetFileSystemEntries(_root + "/usr/src"));
    }

    [Fact]
    public void It_is_unmounted_found_and_kept_apart_by_the_name_it_was_mounted_by()
    {
        File.CreateSymbolicLink(_root + Build, Place);
        Mount("mkdir").Succeeded();
        _site.AssertMounted(_root + Place);
        Message.Says(Mount("mkdir").Succeeded().Error, "mounted already");
        _site.RunSilently(Subject.Path, "-o", $"remount,noexec,root={_root}", _site.Archive, Build);
        Assert.Contains("noexec", _site.AssertMounted(_root + Place).Options, StringComparison.Ordinal);
        Assert.Contains(_root + Place, _site.Run(Subject.Path, "status", _root + Place).Succeeded().Output, StringComparison.Ordinal);
        Assert.NotEqual(0, _site.Run(Subject.Path, "-u", Build).ExitCode);
        _site.RunSilently(Subject.Path, "-u", "-o", $"root={_root}", Build);
        _site.AssertGone();
        Assert.Empty(Directory.GetFileSystemEntries(_root + "/usr/src"));
    }

    [Fact]
    public void A_dead_mount_is_replaced_below_it_and_what_was_made_for_it_goes_with_the_next()
    {
        File.CreateSymbolicLink(_root + Build, Place);
        Mount("mkdir").Succeeded();
        _site.AssertMounted(_root + Place);
        _site.KillServer();
        Message.Says(Mount("mkdir").Succeeded().Error, "replaced server died");
        _site.AssertMounted(_root + Place);
        _site.Unmount(_root + Place);
        Assert.Empty(Directory.GetFileSystemEntries(_root + "/usr/src"));
    }

    [Fact]
    public void Mount_hands_the_option_over()
    {
        using var installed = Installation.WithHelpers(_site.Scratch);
        Directory.CreateDirectory(_root + "/there");
        _site.RunSilently("env", "-i", "/bin/mount", "-t", "fuse.kheadersfs", "-o", $"mkdir,root={_root}", _site.Archive, "/there/build");
        _site.AssertMounted(_root + "/there/build");
        Assert.False(Directory.Exists("/there"));
        _site.Unmount(_root + "/there/build");
    }

    [Fact]
    public void The_next_server_takes_over_what_is_mounted_below_it()
    {
        File.CreateSymbolicLink(_root + Build, Place);
        Directory.CreateDirectory(_root + Place);
        using var manager = new StandInManager(_site, Build, "-o", $"root={_root}");
        manager.Tell("start");
        _site.AssertMounted(_root + Place);
        manager.Tell("kill 1");
        manager.AssertSaid(1, LogLine.TookOver);
        manager.AssertSaid(1, $"{LogLine.Serving}{Archives.Real} {_root + Place}");
        _site.AssertMounted(_root + Place);
        manager.Tell("reload");
        manager.AssertSaid(2, LogLine.TookOver);
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGTERM")));
        _ = manager.Tell("drop");
        _site.AssertGone();
    }

    // Debian's link, seen below /host without -o root: it means this system's own place, which is said.
    [Fact]
    public void Without_the_option_it_is_said_that_the_link_leads_out()
    {
        using var sources = new Overlay(_site.Scratch, "/usr/src");
        File.CreateSymbolicLink(_root + Build, Place);
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "mkdir", _site.Archive, _root + Build]).Succeeded();
        Message.Is(run.Error, _root + Build, $"link {Place} mounted");
        _site.AssertMounted(Place);
        _site.Unmount(Place);
    }

    [Theory]
    [InlineData("build", "real", true)]
    [InlineData("way/real", "real", true)]
    [InlineData("near/real", "real", false)]
    [InlineData("real", "real", false)]
    public void Wherever_a_link_has_led_is_said(string given, string place, bool isSaid)
    {
        Directory.CreateDirectory(_site.Scratch.In(place));
        File.CreateSymbolicLink(_site.Scratch.In("build"), "real");
        File.CreateSymbolicLink(_site.Scratch.In("way"), _site.Scratch.Path);
        File.CreateSymbolicLink(_site.Scratch.In("near"), ".");
        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, _site.Scratch.In(given)]).Succeeded();
        if (isSaid)
        {
            Message.Is(run.Error, _site.Scratch.In(given), $"link {_site.Scratch.In(place)} mounted");
        }
        else
        {
            Assert.Empty(run.Error);
        }

        _site.AssertMounted(_site.Scratch.In(place));
        _site.Unmount(_site.Scratch.In(place));
    }

    private ProcessRun Mount(string options) => Subject.Run(_site.Scratch, ["-o", $"{options},root={_root}", _site.Archive, Build]);
}
