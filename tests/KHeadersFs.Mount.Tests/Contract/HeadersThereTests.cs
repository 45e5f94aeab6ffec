namespace KHeadersFs.Mount.Tests;

/// <summary>What mount says of headers that are where it is to mount, or beside it.</summary>
public sealed class HeadersThereTests : IDisposable
{
    private static readonly string Modules = $"/usr/lib/modules/{FittingArchive.RunningRelease}";
    private static readonly string Build = $"{Modules}/build";
    private static readonly string Source = $"{Modules}/source";

    private readonly MountSite _site = new();
    private readonly Cover _modules = Cover.Empty("/lib/modules");

    public HeadersThereTests() => Directory.CreateDirectory(Modules);

    public void Dispose()
    {
        _modules.Dispose();
        _site.Dispose();
    }

    [Fact]
    public void Split_headers_of_Debian_are_headers_with_both_halves()
    {
        var packages = new PackagedHeaders();
        packages.Link(Modules);
        Refuse(Build, packages.Build, $"headers {packages.Source} -o force");
    }

    [Fact]
    public void A_tree_in_which_prepare_was_not_run_is_unfinished_and_force_covers_it()
    {
        Write($"{Build}/include/linux/kconfig.h");
        Write($"{Build}/arch/x86/include/asm/page.h");
        Refuse(Build, Build, "make prepare -o force");
        _site.RunSilently(Subject.Path, "-o", "force", _site.Archive, Build);
        _site.AssertMounted(Build);
        _site.Unmount(Build);
    }

    [Fact]
    public void What_is_left_of_a_build_directory_is_not_called_headers()
    {
        Write($"{Build}/Makefile");
        Refuse(Build, Build, "Makefile include/generated/autoconf.h -o force");
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("directory")]
    [InlineData("link to nothing")]
    public void A_source_that_clients_take_in_the_place_of_the_mount_is_warned_about(string build)
    {
        // As make modules_install leaves it after a build with O=.
        string tree = _site.Scratch.In("src");
        Write($"{tree}/include/linux/kconfig.h");
        File.CreateSymbolicLink(Source, tree);
        string place = build is "link to nothing" ? _site.Scratch.In("gone/obj") : Build;
        if (build is "directory")
        {
            Directory.CreateDirectory(Build);
        }
        else if (build is "link to nothing")
        {
            File.CreateSymbolicLink(Build, place);
        }

        string said = Subject.Run(_site.Scratch, ["-o", "mkdir", _site.Archive, Build]).Succeeded().Error;
        Message.Says(said, $"warning: {place}: bcc bpftrace {Source} {tree} remove link");
        _site.AssertMounted(place);
        _site.Unmount(place);

        // The advice helps.
        File.Delete(Source);
        Assert.DoesNotContain("source", Subject.Run(_site.Scratch, ["-o", "mkdir", _site.Archive, Build]).Succeeded().Error, StringComparison.Ordinal);
        _site.Unmount(place);
    }

    [Fact]
    public void A_source_that_is_a_directory_itself_is_to_be_moved_and_seen_behind_the_links_target()
    {
        Directory.CreateDirectory(Source);
        string place = Directory.CreateDirectory(_site.Scratch.In("obj")).FullName;
        File.CreateSymbolicLink(Build, place);
        string said = Subject.Run(_site.Scratch, [_site.Archive, place]).Succeeded().Error;
        Message.IsWarning(said, place, $"bcc bpftrace {Source} move directory");
        _site.Unmount(place);
    }

    [Theory]
    [InlineData("build")] // as Fedora has it
    [InlineData("/nowhere")]
    public void A_source_that_leads_to_the_mount_or_nowhere_is_no_hazard(string target)
    {
        Directory.CreateDirectory(Build);
        File.CreateSymbolicLink(Source, target);
        _site.RunSilently(Subject.Path, _site.Archive, Build);
        _site.Unmount(Build);
    }

    [Fact]
    public void Below_another_root_links_and_names_count_from_there()
    {
        // A container that sees the node's root at "host"; nothing of this is at the same name in the container's own.
        string host = Directory.CreateDirectory(_site.Scratch.In("host")).FullName;
        const string modules = "/lib/modules/6.98.0-node", common = "/usr/src/linux-headers-6.98.0-common", obj = "/usr/src/linux-headers-6.98.0-node";
        Write($"{host}{common}/include/linux/kconfig.h");
        Directory.CreateDirectory(host + modules);
        File.CreateSymbolicLink($"{host}{modules}/source", common);
        File.CreateSymbolicLink($"{host}{modules}/build", obj);
        string said = Subject.Run(_site.Scratch, ["-o", $"mkdir,root={host}", _site.Archive, $"{modules}/build"]).Succeeded().Error;
        Message.Says(said, $"warning: {host}{obj}: bcc bpftrace {host}{modules}/source {host}{common} remove link");
        _site.Unmount(host + obj);

        Write($"{host}{obj}/include/generated/autoconf.h");
        File.WriteAllText($"{host}{obj}/Makefile", $"include {common}/Makefile\n");
        ProcessRun refused = Subject.Run(_site.Scratch, ["-o", $"root={host}", _site.Archive, $"{modules}/build"]);
        Assert.Equal(FailedMount.MountFailure, refused.ExitCode);
        Message.Is(refused.Error, host + obj, $"headers {host}{common} -o force");
    }

    private static void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }

    private void Refuse(string place, string subject, string words)
    {
        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, place]);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Is(run.Error, subject, words);
        _site.AssertGone();
    }
}
