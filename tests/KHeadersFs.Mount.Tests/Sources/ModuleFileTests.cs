namespace KHeadersFs.Mount.Tests;

/// <summary>The archive comes out of the module's file: nothing is loaded, and nobody has to be root.</summary>
public sealed class ModuleFileTests : IDisposable
{
    private const string OtherRelease = "6.99.0-other";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("kheaders.ko.xz")]
    [InlineData("stripped.ko.zst")]
    public void The_whole_tree_of_a_real_archive_is_there(string name)
    {
        string module = HeadersModule.Save(_site.Scratch, Archives.Real, name);
        _site.RunSilently(Subject.Path, "-o", "release=ignore", module, _site.Directory);
        Assert.Equal(module, _site.AssertMounted().Source);
        _site.RunSilently("diff", "-r", ReferenceTree.Of(Archives.Real).Tree.Root, _site.Directory);
        _site.Unmount();
    }

    [Theory]
    [InlineData("kheaders.ko")]
    [InlineData("kheaders.ko.xz")]
    [InlineData("kheaders.ko.zst")]
    public void The_running_kernels_module_is_read_and_not_loaded(string name)
    {
        using var kernel = new FakeKernel(_site.Scratch).Modprobe("exit 1").ModuleFile(Module(name), name);
        _site.RunSilently(Subject.Path, "-o", "release=check", "kheaders", _site.Directory);
        Assert.Equal("kheaders", _site.AssertMounted().Source);
        Assert.Empty(kernel.Calls);
        _site.Unmount();
    }

    [Fact]
    public void What_the_kernel_has_comes_before_its_modules_file()
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive).ModuleFile(Module("kheaders.ko", "6.98.0-file"));
        _site.RunSilently(Subject.Path, "-o", "release=check", "kheaders", _site.Directory);
        _site.Unmount();
        _site.RunSilently(Subject.Path, "-o", "release=check", $"release:{FittingArchive.RunningRelease}", _site.Directory);
        _site.Unmount();
    }

    [Theory]
    [InlineData("not a module\n")]
    [InlineData("")]
    public void A_file_that_gives_nothing_leaves_it_to_loading(string content)
    {
        string file = _site.Scratch.Write("kheaders.ko", System.Text.Encoding.UTF8.GetBytes(content));
        using var kernel = new FakeKernel(_site.Scratch).Module(_site.Archive).ModuleFile(file);
        _site.RunSilently(Subject.Path, "kheaders", _site.Directory);
        _site.AssertMounted();
        Assert.Equal(["-q kheaders", "-r kheaders"], kernel.Calls);
        _site.Unmount();
    }

    [Fact]
    public void An_installed_kernel_that_does_not_run_is_mounted_under_its_name()
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive).Modprobe("exit 1")
            .ModuleFile(Module("kheaders.ko.xz", OtherRelease), "kheaders.ko.xz", OtherRelease);
        _site.RunSilently(Subject.Path, "-o", "release=check", $"release:{OtherRelease}", _site.Directory);
        Assert.Equal($"release:{OtherRelease}", _site.AssertMounted().Source);
        Assert.Contains(OtherRelease, File.ReadAllText(Path.Combine(_site.Directory, "include/generated/utsrelease.h")), StringComparison.Ordinal);
        Message.Says(Subject.Run(_site.Scratch, [$"release:{OtherRelease}", _site.Directory]).Succeeded().Error, "mounted already");
        Message.Says(Subject.Run(_site.Scratch, ["kheaders", _site.Directory]).Error, $"release:{OtherRelease} mounted already");

        // A package that was installed again.
        kernel.ModuleFile(Module("kheaders.ko.zst", OtherRelease), "kheaders.ko.xz", OtherRelease);
        Message.Says(Subject.Run(_site.Scratch, [$"release:{OtherRelease}", _site.Directory]).Error, "mounted changed older");
        Assert.Empty(kernel.Calls);
        _site.Unmount();
    }

    // The list is longer than what is read of it at once, and one of its lines is too.
    [Theory]
    [InlineData("updates/dkms/kheaders.ko.xz", "updates/dkms/kheaders.ko.xz")]
    [InlineData("weak-updates/kheaders.ko.xz", "extra/real.xz")]
    [InlineData("/lib/modules/elsewhere/kheaders.ko.xz", "../elsewhere/kheaders.ko.xz")]
    public void The_file_that_depmod_has_found_comes_before_the_usual_one(string listed, string file)
    {
        string others = string.Concat(
            Enumerable.Range(0, 900).Select(static i => $"kernel/fs/m{i}.ko: kernel/lib/kheaders.ko kernel/lib/n{i}.ko\n"));
        string dependencies = string.Concat(Enumerable.Repeat(" kernel/lib/kheaders.ko", 900));
        using var kernel = new FakeKernel(_site.Scratch).Modprobe("exit 1")
            .ModuleFile(Module("kheaders.ko", "6.98.0-usual"), release: OtherRelease)
            .ModuleList($"{others}kernel/long.ko:{dependencies}\n{listed}:\n", OtherRelease);
        string modules = $"/lib/modules/{OtherRelease}";
        Directory.CreateDirectory(Path.GetDirectoryName($"{modules}/{file}")!);
        File.Copy(Module("kheaders.ko.xz", OtherRelease), $"{modules}/{file}");
        if (!file.EndsWith(Path.GetFileName(listed), StringComparison.Ordinal))
        {
            Directory.CreateDirectory(Path.GetDirectoryName($"{modules}/{listed}")!);
            File.CreateSymbolicLink($"{modules}/{listed}", $"{modules}/{file}");
        }

        _site.RunSilently(Subject.Path, "-o", "release=check", $"release:{OtherRelease}", _site.Directory);
        _site.AssertMounted();
        _site.Unmount();

        // One that has gone since leaves the usual one.
        File.Delete($"{modules}/{file}");
        AssertRefused(["-o", "release=check", $"release:{OtherRelease}"], "headers kernel 6.98.0-usual");
        File.Delete($"{modules}/kernel/kernel/kheaders.ko");
        AssertRefused([$"release:{OtherRelease}"], $"{modules}/modules.dep no kheaders.ko");
    }

    [Theory]
    [InlineData("kheaders")]
    [InlineData("release:running")]
    public void The_running_kernels_module_may_be_in_updates_too(string source)
    {
        using var kernel = new FakeKernel(_site.Scratch).Modprobe("exit 1").ModuleList("updates/kheaders.ko: \n");
        string updates = $"/lib/modules/{FittingArchive.RunningRelease}/updates";
        Directory.CreateDirectory(updates);
        File.Copy(Module("kheaders.ko"), $"{updates}/kheaders.ko");
        string named = source.Replace("running", FittingArchive.RunningRelease, StringComparison.Ordinal);
        _site.RunSilently(Subject.Path, "-o", "release=check", named, _site.Directory);
        Assert.Equal(named, _site.AssertMounted().Source);
        Assert.Empty(kernel.Calls);
        _site.Unmount();
    }

    [Fact]
    public void Mount_takes_a_release_too()
    {
        using var kernel = new FakeKernel(_site.Scratch).ModuleFile(Module("kheaders.ko"));
        using var installed = Installation.WithHelpers(_site.Scratch);
        string source = $"release:{FittingArchive.RunningRelease}";
        _site.RunSilently("env", "-i", "/bin/mount", "-t", "fuse.kheadersfs", source, _site.Directory);
        Assert.Equal(source, _site.AssertMounted().Source);
        _site.Unmount();
    }

    [Fact]
    public void A_module_of_another_kernel_than_its_directory_says_is_said_or_refused()
    {
        using var kernel = new FakeKernel(_site.Scratch).ModuleFile(Module("kheaders.ko"), release: OtherRelease);
        string difference = $"headers kernel {FittingArchive.RunningRelease} {OtherRelease} wanted";
        AssertRefused(["-o", "release=check", $"release:{OtherRelease}"], difference);
        Message.Says(Subject.Run(_site.Scratch, [$"release:{OtherRelease}", _site.Directory]).Succeeded().Error, difference);
        _site.AssertMounted();
        _site.Unmount();
    }

    [Fact]
    public void A_store_that_is_kept_serves_the_module_and_the_archive()
    {
        string cache = _site.Scratch.In("cache");
        foreach (string source in (string[])[_site.Archive, Module("kheaders.ko"), Module("kheaders.ko.gz")])
        {
            _site.RunSilently(Subject.Path, "-o", $"cache={cache}", source, _site.Directory);
            _site.AssertMounted();
            Assert.Single(Directory.GetFiles(cache, "*", new EnumerationOptions()));
            _site.Unmount();
        }
    }

    [Fact]
    public void In_the_foreground_too()
    {
        using var mounted = MountedProgram.Foreground(Module("kheaders.ko.zst"), "-o", "release=check");
        Assert.True(File.Exists(Path.Combine(mounted.Root, HandMadeArchive.AlwaysThere)));
    }

    [Theory]
    [InlineData("kheaders")]
    [InlineData("release:running")]
    [InlineData("release:other")]
    [InlineData("path")]
    public void An_ordinary_user_mounts_it(string kind)
    {
        using var user = new UserSite();
        string module = HeadersModule.Save(user.Site.Scratch, user.Site.Archive, "kheaders.ko.xz");
        using var kernel = new FakeKernel(user.Site.Scratch).Modprobe("exit 1")
            .ModuleFile(module, "kheaders.ko.xz").ModuleFile(module, "kheaders.ko.xz", OtherRelease);
        string source = kind switch
        {
            "release:running" => $"release:{FittingArchive.RunningRelease}",
            "release:other" => $"release:{OtherRelease}",
            "path" => module,
            _ => kind,
        };
        user.As(user.Program, "-o", "release=ignore", source, user.Directory).Succeeded();
        user.AssertMounted();
        Assert.Contains("IS_ENABLED", user.As("cat", $"{user.Directory}/{HandMadeArchive.AlwaysThere}").Succeeded().Output, StringComparison.Ordinal);
        Assert.Empty(kernel.Calls);
        user.As(user.Program, "-u", user.Directory).Succeeded();
        user.AssertGone();
    }

    [Fact]
    public void A_user_namespace_without_any_capability_outside_mounts_a_release()
    {
        using var user = new UserSite();
        using var kernel = new FakeKernel(user.Site.Scratch).ModuleFile(HeadersModule.Save(user.Site.Scratch, user.Site.Archive), release: OtherRelease);
        string[] unshare = ["unshare", "--user", "--map-root-user", "--mount"];
        TestRun.SkipUnless(user.As([.. unshare, "true"]).ExitCode == 0, "no user namespaces for ordinary users here");
        ProcessRun run = user.As(
            [.. unshare, "sh", "-ec", "\"$1\" -o release=ignore \"$2\" \"$3\"; cat \"$3/include/linux/kconfig.h\"; \"$1\" -u \"$3\"", "sh", user.Program, $"release:{OtherRelease}", user.Directory]);
        Assert.Contains("IS_ENABLED", run.Succeeded().Output, StringComparison.Ordinal);
        user.AssertGone();
    }

    [Fact]
    public void What_was_tried_is_said()
    {
        string file = _site.Scratch.Write("kheaders.ko", "not a module\n"u8);
        using var kernel = new FakeKernel(_site.Scratch).Modprobe("echo 'Operation not permitted' >&2; exit 1")
            .Configuration("CONFIG_IKHEADERS=m\n").ModuleFile(file).ModuleFile(file, release: OtherRelease);
        AssertRefused(["kheaders"], $"{FakeKernel.SysArchive} kheaders.ko: ELF loaded Operation not permitted CAP_SYS_MODULE");
        AssertRefused([$"release:{FittingArchive.RunningRelease}"], $"{FakeKernel.SysArchive} kheaders.ko: ELF");
        AssertRefused([$"release:{OtherRelease}"], $"/lib/modules/{OtherRelease}/kernel/kernel/kheaders.ko: ELF");
        AssertRefused(
            ["release:6.0-absent"], "/lib/modules/6.0-absent/modules.dep no kheaders.ko /lib/modules/6.0-absent/kernel/kernel install package");
        Assert.Equal(["-q kheaders"], kernel.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/../b")]
    public void What_cannot_be_a_release_is_refused(string release) =>
        FailedMount.Expect(FailedMount.Usage, $"release:{release}: release uname -r", _site.Scratch, $"release:{release}", _site.Directory);

    [Fact]
    public void A_truncated_module_is_refused()
    {
        byte[] module = File.ReadAllBytes(Module("kheaders.ko"));
        AssertRefused([_site.Scratch.Write("kheaders.ko", module.AsSpan(0, module.Length / 4))], "headers archive kheaders.ko");
        AssertRefused([_site.Scratch.Write("kheaders.ko", [])], "empty");
    }

    private string Module(string name, string? release = null) => HeadersModule.Save(
        _site.Scratch, release is null ? _site.Archive : FittingArchive.Of(release).Save(_site.Scratch, "--force"), name);

    private void AssertRefused(string[] arguments, string words)
    {
        ProcessRun run = Subject.Run(_site.Scratch, [.. arguments, _site.Directory]);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, words, _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }
}
