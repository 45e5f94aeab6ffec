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
        Refuse(Build, $"{packages.Build}: holds kernel headers, together with {packages.Source}; mount elsewhere, or with -o force to cover them");
    }

    [Fact]
    public void A_tree_in_which_prepare_was_not_run_is_unfinished_and_force_covers_it()
    {
        Write($"{Build}/include/linux/kconfig.h");
        Write($"{Build}/arch/x86/include/asm/page.h");
        Refuse(Build, $"{Build}: holds kernel headers that are unfinished: make prepare was not run; -o force covers them");
        _site.RunSilently(Subject.Path, "-o", "force", _site.Archive, Build);
        _site.AssertMounted(Build);
        _site.Unmount(Build);
    }

    [Fact]
    public void What_is_left_of_a_build_directory_is_not_called_headers()
    {
        Write($"{Build}/Makefile");
        Refuse(Build, $"{Build}: looks like the build directory of a kernel (Makefile or include/generated/autoconf.h), "
            + "and the headers that belong to it are not there; mount elsewhere, or with -o force to cover it");
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
        Assert.Contains(
            $"kheadersfs: warning: {place}: bcc and bpftrace will take {Source}, which leads to {tree}, for headers: remove that link\n", said, StringComparison.Ordinal);
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
        Assert.Equal($"kheadersfs: warning: {place}: bcc and bpftrace will take {Source} for headers: move that directory away\n", said);
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
        Assert.Contains(
            $"kheadersfs: warning: {host}{obj}: bcc and bpftrace will take {host}{modules}/source, which leads to {host}{common}, for headers: remove that link\n",
            said, StringComparison.Ordinal);
        _site.Unmount(host + obj);

        Write($"{host}{obj}/include/generated/autoconf.h");
        File.WriteAllText($"{host}{obj}/Makefile", $"include {common}/Makefile\n");
        ProcessRun refused = Subject.Run(_site.Scratch, ["-o", $"root={host}", _site.Archive, $"{modules}/build"]);
        Assert.Equal(
            (FailedMount.MountFailure, $"kheadersfs: {host}{obj}: holds kernel headers, together with {host}{common}; mount elsewhere, or with -o force to cover them\n"),
            (refused.ExitCode, refused.Error));
    }

    private static void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }

    private void Refuse(string place, string message)
    {
        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, place]);
        Assert.Equal((FailedMount.MountFailure, $"kheadersfs: {message}\n"), (run.ExitCode, run.Error));
        _site.AssertGone();
    }
}
