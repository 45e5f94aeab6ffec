namespace KHeadersFs.Mount.Tests;

/// <summary>
/// What happens to others when headers appear at /lib/modules/RELEASE/build: refused, or warned about with what to do.
/// </summary>
public sealed class HazardTests : IDisposable
{
    private static readonly string ModuleDirectory = $"/lib/modules/{FittingArchive.RunningRelease}";
    private static readonly string Build = $"/usr/lib/modules/{FittingArchive.RunningRelease}/build";

    private readonly MountSite _site = new();
    private readonly Cover _modules = Cover.Empty("/lib/modules");

    public HazardTests() => Directory.CreateDirectory(ModuleDirectory);

    public void Dispose()
    {
        _modules.Dispose();
        _site.Dispose();
    }

    [Theory]
    [InlineData("wireguard", true)]
    [InlineData(null, false)]
    public void Dkms_with_modules_is_warned_about(string? module, bool warned)
    {
        using var var = new Overlay(_site.Scratch, "/var/lib");
        if (Directory.Exists(var.In("dkms")))
        {
            Directory.Delete(var.In("dkms"), recursive: true);
        }

        Directory.CreateDirectory(var.In(Path.Combine("dkms", module ?? string.Empty)));
        string said = Mount("-o", "mkdir").Error;
        Assert.Equal(warned, Message.Has(said, $"warning: {Build}: DKMS modules"));
        Assert.Equal(warned ? 1 : 0, said.Count(static c => c is '\n'));
        Unmount();
    }

    [Fact]
    public void Dkms_does_not_look_elsewhere()
    {
        using var var = new Overlay(_site.Scratch, "/var/lib");
        Directory.CreateDirectory(var.In("dkms/wireguard"));
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        _site.Unmount();
    }

    [Fact]
    public void A_directory_with_headers_is_not_covered()
    {
        PackagedHeaders();
        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, $"{ModuleDirectory}/build"]);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, "-o force", _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Fact]
    public void Force_covers_a_directory_with_headers_in_silence()
    {
        PackagedHeaders();
        Assert.Empty(Mount("-o", "force").Error);
        Unmount(remains: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_directory_that_is_not_empty_is_covered_with_a_warning_unless_told_not_to(bool nonempty)
    {
        Directory.CreateDirectory($"{Build}/scripts");
        string said = Mount(nonempty ? ["-o", "nonempty"] : []).Error;
        Assert.Equal(nonempty, said.Length == 0);
        Assert.Equal(!nonempty, Message.Has(said, $"warning: {Build}: not empty nonempty"));
        Unmount(remains: true);
    }

    [Fact]
    public void A_dangling_link_is_explained()
    {
        File.CreateSymbolicLink(Build, "/usr/src/linux-headers-gone");
        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, Build]);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, "/usr/src/linux-headers-gone", _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
        Assert.Contains("-o mkdir", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/usr/src/linux-headers-gone")]
    [InlineData("../../../src/linux-headers-gone")]
    [InlineData("gone/deeper/still")]
    public void Mkdir_makes_what_a_dangling_link_points_to_and_umount_removes_it(string target)
    {
        using var sources = new Overlay(_site.Scratch, "/usr/src");
        File.CreateSymbolicLink(Build, target);
        string said = Mount("-o", "mkdir").Error;
        if (target.StartsWith("gone", StringComparison.Ordinal))
        {
            Assert.Empty(said);
        }
        else
        {
            // A container with a volume for /lib/modules alone sees a link to nowhere.
            Assert.Matches(@"\Akheadersfs: warning: [^\n]+\n\z", said);
            Message.Says(said, "-v /usr/src/linux-headers-gone:/usr/src/linux-headers-gone:ro");
        }

        _site.Unmount(MountTable.Read().Single(static mount => mount.Type is "fuse.kheadersfs").Directory);
        Assert.Equal(target, new FileInfo(Build).LinkTarget);
        Assert.False(Directory.Exists(sources.In("linux-headers-gone")));
        Assert.False(Directory.Exists($"{ModuleDirectory}/gone"));
    }

    [Theory]
    [InlineData("private", true)]
    [InlineData("shared", false)]
    public void A_volume_that_gives_nothing_back_is_warned_about(string propagation, bool warned)
    {
        // As a container gets it: a directory of another file system, bound to this place.
        string volume = Directory.CreateDirectory(_site.Scratch.In("volume")).FullName;
        using var bound = Cover.By(volume, "/lib/modules");
        _site.RunSilently("mount", $"--make-{propagation}", "/lib/modules");
        Directory.CreateDirectory(ModuleDirectory);
        string said = Mount("-o", "mkdir").Error;
        Assert.Equal(warned, said.Contains("-v /usr/lib/modules:/usr/lib/modules:rshared", StringComparison.Ordinal));
        Assert.Equal(warned ? 1 : 0, said.Count(static c => c is '\n'));
        Unmount();
    }

    [Fact]
    public void Mkdir_leaves_a_directory_alone_that_was_there()
    {
        Directory.CreateDirectory(Build);
        Assert.Empty(Mount("-o", "mkdir").Error);
        Unmount(remains: true);
    }

    [Fact]
    public void Mkdir_makes_missing_parents_and_a_failure_removes_them()
    {
        string made = _site.Scratch.In("a/b/c");
        Assert.Equal(FailedMount.MountFailure, Subject.Run(_site.Scratch, ["-o", "mkdir", "/no/such/archive", made]).ExitCode);
        Assert.False(Directory.Exists(_site.Scratch.In("a")));
        _site.AssertGone();
    }

    [Fact]
    public void A_killed_server_leaves_a_directory_that_the_next_mount_takes_over()
    {
        Mount("-o", "mkdir");
        _site.KillServer();
        Mount("-o", "mkdir");
        _site.AssertMounted(Build);
        _site.Unmount(Build);
    }

    // As linux-headers packages leave it, but for the thousands of other files.
    private static void PackagedHeaders()
    {
        Directory.CreateDirectory($"{Build}/include/linux");
        File.WriteAllText($"{Build}/include/linux/kconfig.h", string.Empty);
    }

    private ProcessRun Mount(params string[] options) =>
        Subject.Run(_site.Scratch, [.. options, _site.Archive, $"{ModuleDirectory}/build"]).Succeeded();

    private void Unmount(bool remains = false)
    {
        _site.AssertMounted(Build);
        _site.Unmount(Build);
        Assert.Equal(remains, Directory.Exists(Build));
    }
}
