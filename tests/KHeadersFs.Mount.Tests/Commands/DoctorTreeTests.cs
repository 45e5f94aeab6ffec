namespace KHeadersFs.Mount.Tests;

/// <summary>doctor looks whether headers that are there are finished, and the running kernel's.</summary>
public sealed class DoctorTreeTests : IDisposable
{
    private const string Changed = "#define CONFIG_FUSE_FS_MODULE 1\n#define CONFIG_HZ 1000\n#define CONFIG_IKHEADERS 1\n#define CONFIG_KASAN 1\n#define CONFIG_LSM \"a b\"\n#define CONFIG_PROBE_ADDRESS 0x0\n";
    private const string Differences = "4 options differ (CONFIG_FUSE_FS, CONFIG_HZ, CONFIG_KASAN, ...)";

    private DoctorSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void Unfinished_headers_are_a_problem_and_the_command_covers_them()
    {
        DoctorSite.Tree(DoctorSite.Build, configuration: null);
        const string words = "headers make prepare";
        _site.Expect("bcc", "problem", words);
        _site.Expect("bpftrace", "problem", words);
        _site.Mend(_site.Expect("build", "problem", words));
        ExpectMounted();
    }

    [Fact]
    public void A_build_directory_without_its_headers_is_a_problem_and_the_command_covers_it()
    {
        DoctorSite.Tree(DoctorSite.Build, hasHeaders: false);
        File.WriteAllText($"{DoctorSite.Build}/Makefile", "include /nonexistent/Makefile\n");
        _site.Mend(_site.Expect("build", "problem", "Makefile include/generated/autoconf.h not there"));
        ExpectMounted();
    }

    [Fact]
    public void Debians_two_trees_are_the_headers_of_this_kernel_for_all_checks()
    {
        (string common, string generated) = DoctorSite.SplitTree();
        _site.Expect("build", "ok", $"{generated} headers {common}", null, []);
        _site.Expect("headers", "ok", $"{generated} this kernel", null, []);
        _site.Expect("bcc", "ok", $"takes {DoctorSite.Modules}/source {DoctorSite.Build}", null, []);
        _site.Expect("bpftrace", "ok", $"takes {DoctorSite.Modules}/source {DoctorSite.Build}", null, []);
        Directory.Delete(common, recursive: true);
        _site.Expect("build", "problem", "Makefile include/generated/autoconf.h not there");
        _site.Expect("bpftrace", "problem", "Makefile include/generated/autoconf.h not there");
    }

    [Fact]
    public void Debians_two_trees_of_another_kernel_are_a_problem()
    {
        DoctorSite.SplitTree(release: "5.4.0-generic");
        _site.Expect("build", "problem", $"kernel 5.4.0-generic {DoctorSite.Release}");
        _site.Expect("bcc", "problem", $"kernel 5.4.0-generic {DoctorSite.Release}");
    }

    [Fact]
    public void Headers_of_another_configuration_than_the_archives_are_a_problem_and_the_command_covers_them()
    {
        DoctorSite.Tree(DoctorSite.Build, Changed);
        string words = $"configuration {FakeKernel.SysArchive} {Differences}";
        _site.Expect("bpftrace", "problem", words);
        _site.Mend(_site.Expect("build", "problem", words));
        ExpectMounted();
    }

    [Fact]
    public void Headers_of_the_same_configuration_are_to_be_used()
    {
        DoctorSite.Tree(DoctorSite.Build);
        _site.Expect("build", "ok", "headers this kernel", null, []);
        _site.Expect("bcc", "ok", $"takes {DoctorSite.Build}", null, []);
    }

    [Fact]
    public void Without_an_archive_the_kernels_own_configuration_is_what_headers_are_compared_with()
    {
        Again(hasArchive: false);
        _site.Kernel.Configuration(DoctorSite.DotConfig);
        DoctorSite.Tree(DoctorSite.Build);
        _site.Expect("build", "ok", "headers this kernel");
        DoctorSite.Tree(DoctorSite.Build, Changed);
        _site.Expect("build", "problem", $"configuration /proc/config.gz {Differences}");
    }

    [Fact]
    public void The_archive_in_a_modules_file_is_read_and_the_module_is_not_loaded()
    {
        Again(hasArchive: false);
        _site.Kernel.Configuration("").Modprobe("exit 1").ModuleFile(HeadersModule.Save(_site.Site.Scratch, _site.Archive));
        DoctorSite.Tree(DoctorSite.Build);
        _site.Expect("build", "ok", "headers this kernel");
        DoctorSite.Tree(DoctorSite.Build, Changed);
        _site.Expect("build", "problem", $"configuration kheaders.ko {Differences}");
        Assert.Empty(_site.Kernel.Calls);
    }

    [Fact]
    public void An_archive_that_cannot_be_read_is_no_reason_to_fail()
    {
        File.WriteAllBytes(FakeKernel.SysArchive, File.ReadAllBytes(_site.Archive)[..^100]);
        _site.Kernel.Configuration(DoctorSite.DotConfig);
        DoctorSite.Tree(DoctorSite.Build, Changed);
        _site.Expect("build", "problem", "configuration /proc/config.gz");
    }

    [Fact]
    public void A_mount_of_another_kernels_headers_is_a_problem()
    {
        string archive = FittingArchive.Of("5.4.0-generic").File("include/generated/autoconf.h", DoctorSite.Configuration).Save(_site.Site.Scratch, "--force");
        _site.Site.RunSilently(Subject.Path, archive, DoctorSite.Build, "-o", "mkdir,release=ignore");
        _site.Expect("build", "problem", "mounted kernel 5.4.0-generic");
        _site.Expect("bcc", "problem", "kernel 5.4.0-generic");
        _site.Site.AssertMounted(DoctorSite.RealBuild);
        _site.Site.Unmount(DoctorSite.RealBuild);
    }

    [Fact]
    public void A_directory_that_a_user_may_not_enter_is_not_called_missing()
    {
        var user = new OrdinaryUser(_site.Site.Scratch);
        DoctorSite.Tree(DoctorSite.Build);
        File.SetUnixFileMode(DoctorSite.Modules, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] asUser = [.. OrdinaryUser.Prefix, user.Program];
        _site.Expect("build", "problem", "read user", "sudo kheadersfs doctor", asUser);
        File.SetUnixFileMode("/lib/modules", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _site.Expect("modules", "warning", "Permission denied", "sudo kheadersfs doctor", asUser);
    }

    [Fact]
    public void Where_nothing_can_be_written_another_place_and_both_variables_are_named()
    {
        _site.Site.RunSilently("mount", "-o", "remount,bind,ro", "/lib/modules");
        _site.Expect(
            "build",
            "warning",
            "mount /run/kheaders env BCC_KERNEL_SOURCE=/run/kheaders BPFTRACE_KERNEL_SOURCE=/run/kheaders TOOL",
            "kheadersfs kheaders /run/kheaders -o mkdir",
            []);
        _site.Environment["SUDO_UID"] = OrdinaryUser.Id;
        _site.Expect("build", "warning", "sudo env BCC_KERNEL_SOURCE=/run/kheaders BPFTRACE_KERNEL_SOURCE=/run/kheaders TOOL");
    }

    [Fact]
    public void Where_modules_are_elsewhere_no_directory_is_to_be_made()
    {
        _site.Under(new Overlay(_site.Site.Scratch, "/run"));
        string place = Directory.CreateDirectory($"/run/booted-system/kernel-modules/lib/modules/{DoctorSite.Release}").FullName;
        Directory.Delete(DoctorSite.Modules);
        string words = $"modules {place} mount /run/kheaders";
        _site.Expect("modules", "warning", words, "kheadersfs kheaders /run/kheaders -o mkdir", []);
        _site.Expect("build", "ok", words, "kheadersfs kheaders /run/kheaders -o mkdir", []);
    }

    private void Again(bool hasArchive)
    {
        _site.Dispose();
        _site = new DoctorSite(hasArchive);
    }

    private void ExpectMounted()
    {
        _site.Expect("build", "ok", "mounted answers", null, []);
        _site.Expect("bcc", "ok", $"takes {DoctorSite.Build}", null, []);
        _site.Expect("bpftrace", "ok", $"takes {DoctorSite.Build}", null, []);
        _site.Site.AssertMounted(DoctorSite.RealBuild);
        _site.Site.Unmount(DoctorSite.RealBuild);
    }
}
