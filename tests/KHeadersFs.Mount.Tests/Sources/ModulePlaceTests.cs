using System.Diagnostics;

namespace KHeadersFs.Mount.Tests;

/// <summary>Where the module kheaders of a kernel is found: in the places of several systems, and in any that is named.</summary>
public sealed class ModulePlaceTests : IDisposable
{
    private const string OtherRelease = "6.98.0-other";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("kheaders")]
    [InlineData("release:running")]
    public void The_place_of_NixOS_is_searched(string source)
    {
        string module = Module();
        using var kernel = new FakeKernel(_site.Scratch).Modprobe("exit 1");
        using var run = Cover.Empty("/run");
        Install(module, $"/run/booted-system/kernel-modules/lib/modules/{FittingArchive.RunningRelease}/kernel/kernel");
        Mounts("release=check", source.Replace("running", FittingArchive.RunningRelease, StringComparison.Ordinal));
        Message.Says(
            string.Join(' ', _site.Run(Subject.Path, "doctor").Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)), // lines are wrapped
            $"ok archive /run/booted-system/kernel-modules/lib/modules/{FittingArchive.RunningRelease}/kernel/kernel/kheaders.ko");
        Assert.Empty(kernel.Calls);
    }

    [Theory]
    [InlineData("lib/modules/RELEASE/kernel/kernel", null)]
    [InlineData("system_dlkm/lib/modules/RELEASE/kernel/kernel", null)]
    [InlineData("system_dlkm/lib/modules/RELEASE", null)]
    [InlineData("system/lib/modules", null)]
    [InlineData("vendor_dlkm/lib/modules", null)]
    [InlineData("vendor/lib/modules/extra", "vendor/lib/modules/modules.dep /vendor/lib/modules/extra/kheaders.ko:")]
    [InlineData("odm/lib/modules/extra", "odm/lib/modules/modules.dep extra/kheaders.ko:")]
    [InlineData("run/booted-system/kernel-modules/lib/modules/RELEASE/kernel/kernel", null)]
    public void Below_another_root_it_is_found_where_Android_and_others_have_it(string place, string? list)
    {
        string root = Root();
        Install(Module(), Path.Combine(root, place.Replace("RELEASE", FittingArchive.RunningRelease, StringComparison.Ordinal)));
        if (list?.Split(' ', 2) is [var name, var line])
        {
            File.WriteAllText(Path.Combine(root, name), line + "\n");
        }

        using var kernel = new FakeKernel(_site.Scratch).Modprobe("exit 1");
        foreach (string source in (string[])["kheaders", $"release:{FittingArchive.RunningRelease}"])
        {
            Mounts($"release=check,root={root}", source, "/mnt");
        }

        Assert.Empty(kernel.Calls);
    }

    /// <summary>Whoever can write to the usual places could write to the kernel; of others nobody knows that, so no process with rights decodes what is there.</summary>
    [Theory]
    [InlineData("modules", true)]
    [InlineData("root", true)]
    [InlineData("usual", false)]
    public void What_is_in_a_place_that_was_named_is_decoded_without_rights(string option, bool isForeign)
    {
        string root = Root();
        string trace = _site.Scratch.In("trace");
        string named = option is "usual" ? "/lib/modules" : $"{root}/lib/modules";
        using var kernel = new FakeKernel(_site.Scratch).Modprobe("exit 1");
        Install(Module(), $"{named}/{FittingArchive.RunningRelease}/kernel/kernel");
        string options = option switch
        {
            "modules" => $",modules={named}",
            "root" => $",root={root}",
            _ => "",
        };
        string place = option is "root" ? $"{root}/mnt" : _site.Directory;
        using Process traced = ProcessRun.Start(
            [
                "strace", "-f", "-qq", "-o", trace, "-e", "trace=prctl",
                Subject.Path, "-o", $"release=check{options}", "kheaders", option is "root" ? "/mnt" : _site.Directory,
            ],
            _site.Scratch.Work,
            _site.Scratch.Environment);
        Deadline.Until(() => MountTable.At(place) is not null && Subject.Servers() is [_], "the mount");
        _site.AssertMounted(place);
        _site.Unmount(place);
        Deadline.Until(() => traced.HasExited, "the end of strace");
        Assert.Equal(isForeign, File.ReadAllText(trace).Contains("PR_SET_NAME, \"kheadersfs-read\"", StringComparison.Ordinal));
    }

    // The node's /lib is a link, as merged /usr has it; the absolute one counts from the node's root.
    [Theory]
    [InlineData("usr/lib")]
    [InlineData("/usr/lib")]
    public void Links_on_the_way_count_from_the_other_root(string target)
    {
        string root = Root();
        Install(Module(OtherRelease), Path.Combine(root, $"usr/lib/modules/{OtherRelease}/kernel/kernel"));
        File.CreateSymbolicLink(Path.Combine(root, "lib"), target);
        Mounts($"release=check,root={root}", $"release:{OtherRelease}", "/mnt");
    }

    // A directory like /lib/modules, or that of one kernel.
    [Theory]
    [InlineData("RELEASE/kernel/kernel")]
    [InlineData("RELEASE")]
    [InlineData("kernel/kernel")]
    [InlineData("")]
    public void A_place_that_is_named_has_it_in_any_form(string form)
    {
        string modules = _site.Scratch.In("modules");
        Install(Module(OtherRelease), Path.Combine(modules, form.Replace("RELEASE", OtherRelease, StringComparison.Ordinal)));
        Mounts($"release=check,modules={modules}", $"release:{OtherRelease}");
    }

    [Fact]
    public void A_flat_directory_is_of_the_kernel_that_runs()
    {
        string root = Root();
        Install(Module(), Path.Combine(root, "vendor/lib/modules"));
        Refused(
            $"release:{OtherRelease}",
            $"root={root}",
            $"{root}/lib/modules/{OtherRelease}/modules.dep no kheaders.ko {root}/lib/modules/{OtherRelease}/kernel/kernel {root}/vendor/lib/modules install package");
    }

    [Fact]
    public void Where_it_was_looked_for_is_said()
    {
        string root = Root();
        Directory.CreateDirectory(Path.Combine(root, "system/lib/modules"));
        Directory.CreateDirectory(Path.Combine(root, "vendor_dlkm/lib/modules"));
        Refused($"release:{OtherRelease}", $"root={root}", $"no kheaders.ko {root}/system/lib/modules {root}/vendor_dlkm/lib/modules");
        string modules = Directory.CreateDirectory(_site.Scratch.In("modules")).FullName;
        Refused($"release:{OtherRelease}", $"modules={modules}", $"no kheaders.ko {modules}/{OtherRelease}/kernel/kernel {modules};");
    }

    [Fact]
    public void A_module_that_was_installed_again_in_the_named_place_is_noticed()
    {
        string modules = _site.Scratch.In("modules");
        Install(Module(OtherRelease), modules);
        string[] mount = [Subject.Path, "-o", $"modules={modules}", $"release:{OtherRelease}", _site.Directory];
        _site.RunSilently(mount);
        Message.Says(_site.Run(mount).Succeeded().Error, "mounted already");
        File.AppendAllText(Path.Combine(modules, "kheaders.ko"), "again");
        Message.Says(_site.Run(mount).Error, "mounted changed older");
        _site.Unmount();
    }

    [Fact]
    public void Info_takes_the_place_too()
    {
        string modules = _site.Scratch.In("modules");
        Install(Module(OtherRelease), modules);
        Assert.Contains(OtherRelease, _site.Run(Subject.Path, "info", "-o", $"modules={modules}", $"release:{OtherRelease}").Succeeded().Output, StringComparison.Ordinal);
    }

    private static void Install(string module, string directory) =>
        File.Copy(module, Path.Combine(Directory.CreateDirectory(directory).FullName, "kheaders.ko"));

    private string Root()
    {
        string root = Directory.CreateDirectory(_site.Scratch.In("other")).FullName;
        Directory.CreateDirectory(Path.Combine(root, "mnt"));
        return root;
    }

    private string Module(string? release = null) => HeadersModule.Save(
        _site.Scratch, release is null ? _site.Archive : FittingArchive.Of(release).Save(_site.Scratch, "--force"));

    private void Mounts(string options, string source, string? directory = null)
    {
        _site.RunSilently(Subject.Path, "-o", options, source, directory ?? _site.Directory);
        string place = directory is null ? _site.Directory : _site.Scratch.In("other") + directory;
        Assert.Equal(source, _site.AssertMounted(place).Source);
        _site.Unmount(place);
    }

    private void Refused(string source, string options, string words)
    {
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", options, source, options.StartsWith("root", StringComparison.Ordinal) ? "/mnt" : _site.Directory]);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, words, _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }
}
