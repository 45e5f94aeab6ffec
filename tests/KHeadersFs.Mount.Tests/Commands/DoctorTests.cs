using System.Globalization;
using System.Text.Json;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>kheadersfs doctor: each thing that a machine can lack or have wrong is induced, named, and has its command.</summary>
public sealed class DoctorTests : IDisposable
{
    private const string Checks =
        "archive modules /dev/fuse fusermount3 allow_other 'mount -t' limits build packages DKMS headers propagation types bcc bpftrace";

    private static readonly string Release = FittingArchive.RunningRelease;
    private static readonly string Modules = $"/lib/modules/{Release}";
    private static readonly string Build = $"{Modules}/build";
    private static readonly string RealBuild = $"/usr/lib/modules/{Release}/build";

    private readonly MountSite _site = new();
    private readonly Stack<IDisposable> _layers = new();

    public DoctorTests() => _layers.Push(Cover.Empty("/lib/modules"));

    public void Dispose()
    {
        while (_layers.TryPop(out IDisposable? layer))
        {
            layer.Dispose();
        }

        _site.Dispose();
    }

    [Fact]
    public void A_machine_that_has_all_has_no_problem_and_is_left_as_it_was()
    {
        Headers();
        string before = MountsAndModules();
        ProcessRun run = Run();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.DoesNotContain("problem", run.Output, StringComparison.Ordinal);
        Assert.All(run.Output.TrimEnd('\n').Split('\n'), static line => Assert.Matches("^(ok      |warning |problem |         )", line));
        using JsonDocument json = JsonDocument.Parse(Run("--json").Output);
        JsonElement[] findings = [.. json.RootElement.GetProperty("findings").EnumerateArray()];
        Assert.Equal(Checks, string.Join(' ', findings.Select(static f => Quoted(f.GetProperty("check").GetString()!))));
        Assert.All(findings, static f => Assert.Equal(
            "check state text command", string.Join(' ', f.EnumerateObject().Select(static member => member.Name))));
        Expect("archive", "ok", FakeKernel.SysArchive);
        Assert.Equal(before, MountsAndModules());
        Assert.Equal(1, Run("now").ExitCode);
    }

    [Theory]
    [InlineData("n", "without CONFIG_IKHEADERS")]
    [InlineData("y", "built in")]
    [InlineData("m", "module kheaders not installed")]
    public void No_archive_is_explained_by_the_configuration(string setting, string text)
    {
        Under(new FakeKernel(_site.Scratch).Configuration(setting is "n" ? "# CONFIG_IKHEADERS is not set\n" : $"CONFIG_IKHEADERS={setting}\n"));
        Directory.CreateDirectory(Modules);
        string? command = Expect("archive", "problem", text);
        Assert.Matches(setting is "y" ? "^mount -t sysfs" : "^(apt-get|dnf|zypper|pacman|apk) ", command);
        Assert.Equal(1, Run().ExitCode);

        // What would mount names what gets an archive first.
        Assert.Equal(command, Expect("build", "ok", "not there yet"));
    }

    [Fact]
    public void A_modules_file_is_an_archive_and_is_not_loaded()
    {
        FakeKernel kernel = Under(new FakeKernel(_site.Scratch));
        kernel.Module(Archives.Real).ModuleFile(HeadersModule.Save(_site.Scratch, _site.Archive));
        Expect("archive", "ok", "kheaders.ko read loaded");
        Assert.Empty(kernel.Calls);
        ExpectAdvice("modules", "warning", "modules.dep not there", "depmod");
        kernel.ModuleList("kernel/kernel/kheaders.ko:\n");
        Expect("modules", "ok", Modules);
    }

    [Fact]
    public void A_missing_directory_of_modules_is_made_by_its_command()
    {
        Under(FakeKernel.WithArchive(_site.Scratch, _site.Archive));
        Mend(Expect("modules", "warning", $"{Modules} not there"));
        Expect("modules", "ok", Modules);
    }

    [Fact]
    public void The_command_for_a_missing_mount_mounts()
    {
        Headers();
        Mend(Expect("build", "ok", "not there yet"));
        ExpectAdvice("build", "ok", $"{Build} mounted answers", null);
        Unmount();
    }

    [Fact]
    public void A_link_to_nowhere_is_told_where_it_leads()
    {
        Headers();
        Overlay sources = Under(new Overlay(_site.Scratch, "/usr/src"));
        Directory.CreateSymbolicLink(Build, "../../../src/linux-headers-gone");
        Mend(Expect("build", "ok", $"{Build} /usr/src/linux-headers-gone not there yet"));
        Expect("build", "ok", "mounted answers");
        _site.AssertMounted(sources.In("linux-headers-gone"));
        _site.Unmount(sources.In("linux-headers-gone"));
    }

    [Fact]
    public void What_is_in_the_way_has_a_command_that_takes_it_away()
    {
        Headers();
        File.WriteAllText(Build, "");
        Mend(Expect("build", "problem", $"{RealBuild} file"));
        File.Delete($"{RealBuild}.old");
        Directory.CreateDirectory(Build);
        Mend(Expect("build", "warning", $"{RealBuild} empty bpftrace"));
        Directory.CreateDirectory($"{Build}/scripts");
        Mend(Expect("build", "warning", $"{RealBuild} something else"), $"{RealBuild}.old");
        Directory.CreateDirectory(Build);
        _site.RunSilently("mount", "-t", "tmpfs", "none", Build);
        Mend(Expect("build", "warning", "tmpfs mounted"));
        Directory.CreateDirectory($"{Build}/include/linux");
        File.WriteAllText($"{Build}/include/linux/kconfig.h", "");
        Directory.CreateDirectory($"{Build}/include/generated");
        File.WriteAllText($"{Build}/include/generated/autoconf.h", DoctorSite.Configuration);
        ExpectAdvice("build", "ok", "headers", null);
    }

    [Fact]
    public void A_read_only_place_is_told_and_another_one_named()
    {
        Headers();
        _site.RunSilently("mount", "-o", "remount,bind,ro", "/lib/modules");
        ExpectAdvice("build", "warning", "written mount /run/kheaders", "kheadersfs kheaders /run/kheaders -o mkdir");
    }

    [Fact]
    public void A_server_that_hangs_does_not_hang_the_doctor_and_one_that_died_is_told()
    {
        Headers();
        Mount();
        int server = _site.Server();
        Assert.Equal(0, Syscall.kill(server, Signum.SIGSTOP));
        string? command = Expect("build", "problem", "server not answer");
        Assert.Equal(0, Syscall.kill(server, Signum.SIGCONT));
        ExpectAdvice("build", "ok", "mounted answers", null);
        Assert.Equal($"umount -l {RealBuild}", command);
        _site.KillServer();
        Mend(Expect("build", "problem", "server died"));
        Expect("build", "ok", "not there yet");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Dkms_with_modules_is_a_warning(bool hasModule)
    {
        Headers();
        Overlay lib = Under(new Overlay(_site.Scratch, "/var/lib"));
        if (Directory.Exists(lib.In("dkms")))
        {
            Directory.Delete(lib.In("dkms"), recursive: true);
        }

        Directory.CreateDirectory(lib.In(hasModule ? "dkms/wireguard" : "dkms"));
        Expect("DKMS", hasModule ? "warning" : "ok", hasModule ? "fails build" : "no modules");
    }

    [Fact]
    public void Other_headers_are_compared_with_the_kernel_that_runs()
    {
        Headers();
        Overlay sources = Under(new Overlay(_site.Scratch, "/usr/src"));
        Expect("headers", "ok", "no others");
        string tree = sources.In($"linux-headers-{Release}");
        string generated = Directory.CreateDirectory($"{tree}/include/generated").FullName;
        Expect("headers", "warning", "include/linux/kconfig.h");
        Directory.CreateDirectory($"{tree}/include/linux");
        File.WriteAllText($"{tree}/include/linux/kconfig.h", "");
        Expect("headers", "warning", "make prepare");
        File.WriteAllText($"{generated}/autoconf.h", DoctorSite.Configuration);
        Expect("headers", "ok", "not name kernel");
        File.WriteAllText($"{generated}/utsrelease.h", "#define UTS_RELEASE \"5.4.0-generic\"\n");
        Expect("headers", "warning", $"kernel 5.4.0-generic {Release}");
        File.WriteAllText($"{generated}/utsrelease.h", $"#define UTS_RELEASE \"{Release}\"\n");
        Expect("headers", "ok", "this kernel");
    }

    [Fact]
    public void What_bcc_has_unpacked_is_removed_by_the_command()
    {
        Headers();
        string unpacked = Directory.CreateDirectory($"/tmp/kheaders-{Release}").FullName;
        Mend(Expect("headers", "problem", $"{unpacked} bcc empty"));
        Assert.False(Directory.Exists(unpacked));
    }

    [Theory]
    [InlineData("private", "warning")]
    [InlineData("shared", "ok")]
    public void What_nobody_outside_would_see_is_a_warning(string propagation, string state)
    {
        // As a container gets it: a directory of another file system, bound to this place.
        Under(Cover.By(Directory.CreateDirectory(_site.Scratch.In("volume")).FullName, "/lib/modules"));
        _site.RunSilently("mount", $"--make-{propagation}", "/lib/modules");
        Headers();
        string? command = Expect("propagation", state, state is "ok" ? "others" : "nobody outside");
        Assert.Equal(state is "ok" ? null : "mount --make-rshared /usr/lib/modules", command);
    }

    [Fact]
    public void Tools_are_told_with_the_headers_that_they_would_take()
    {
        Headers();
        string bpftrace = _site.Scratch.Write("bpftrace", []);
        var path = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = $"{Path.GetDirectoryName(bpftrace)}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        Expect("bpftrace", "warning", $"{bpftrace} no headers", environment: path);
        Overlay python = Under(new Overlay(_site.Scratch, "/usr/lib/python3/dist-packages"));
        Directory.CreateDirectory(python.In("bcc"));
        Expect("bcc", "warning", "unpack archive");
        Mount();
        Expect("bpftrace", "ok", $"{bpftrace} takes {Build}", environment: path);
        Expect("bcc", "ok", $"takes {Build}");
        Unmount();
    }

    [Fact]
    public void Limits_that_are_too_low_are_problems()
    {
        Headers();
        ProcessRun few = ProcessRun.Shell("ulimit -n 24; exec \"$@\"", Subject.Path, "doctor");
        Message.Says(few.Output, "problem limits 24 files 32");
        string version = File.ReadAllText("/proc/self/cgroup").Contains("0::", StringComparison.Ordinal) ? "memory.max" : "memory/memory.limit_in_bytes";
        Under(Cover.Empty("/sys/fs/cgroup"));
        Directory.CreateDirectory("/sys/fs/cgroup/memory");
        File.WriteAllText($"/sys/fs/cgroup/{version}", string.Create(CultureInfo.InvariantCulture, $"{18 << 20}\n"));
        ExpectAdvice("limits", "problem", "18 MiB memory 20", "docker run -m 64m ...");
    }

    [Fact]
    public void In_a_bare_system_all_that_mounting_lacks_is_named_to_root_and_to_others()
    {
        using var root = new BareRoot();
        string asRoot = root.Kheadersfs("doctor").Output;
        Message.Says(asRoot, "warning fusermount3 missing root");
        Message.Says(asRoot, "ok allow_other root everybody");
        Message.Says(asRoot, "warning mount -t /sbin/mount.fuse.kheadersfs missing");
        string asOther = AsOther(root);
        Message.Says(asOther, "problem fusermount3 missing root");
        Message.Says(asOther, "warning allow_other your yourself");
        Assert.Contains("| sudo tee -a /etc/fuse.conf\n", asOther, StringComparison.Ordinal);

        ProcessRun.Shell("cd \"$1\"; mkdir -p usr/bin sbin etc; touch usr/bin/fusermount3 sbin/mount.fuse.kheadersfs; echo user_allow_other >etc/fuse.conf", root.Path)
            .Succeeded();
        asOther = AsOther(root);
        Message.Says(asOther, "problem fusermount3 /usr/bin/fusermount3 set-user-ID root");
        Message.Says(asOther, "ok allow_other users others");
        ProcessRun.Of(["chmod", "4755", root.In("/usr/bin/fusermount3")]).Succeeded();
        Assert.Contains("ok       fusermount3  /usr/bin/fusermount3\n", AsOther(root), StringComparison.Ordinal);
        Assert.Contains("ok       mount -t     /sbin/mount.fuse.kheadersfs\n", AsOther(root), StringComparison.Ordinal);

        ProcessRun.Of(["chmod", "600", root.In("/dev/fuse")]).Succeeded();
        asOther = AsOther(root);
        Message.Says(asOther, "problem /dev/fuse opened user");
        Assert.Contains("\n                      sudo chmod 666 /dev/fuse\n", asOther, StringComparison.Ordinal);
        root.Remove("/dev/fuse");
        Message.Says(root.Kheadersfs("doctor").Output, "problem /dev/fuse missing");
        ProcessRun.Of(["mkdir", root.In("/dev/fuse")]).Succeeded();
        Message.Says(root.Kheadersfs("doctor").Output, "problem /dev/fuse directory");

        static string AsOther(BareRoot root)
        {
            ProcessRun run = ProcessRun.Of(["chroot", "--userspec=65534:65534", root.Path, "/kheadersfs", "doctor"]);
            Assert.InRange(run.ExitCode, 0, 1);
            return run.Output;
        }
    }

    [Theory]
    [InlineData("xterm", "", true)]
    [InlineData("xterm", "1", false)]
    [InlineData("dumb", "", false)]
    public void Colour_is_for_terminals_that_want_it(string terminal, string noColour, bool isColoured)
    {
        Headers();
        ProcessRun run = ProcessRun.Shell("TERM=$2 NO_COLOR=$3 script -qec \"$1 doctor\" /dev/null", Subject.Path, terminal, noColour);
        Assert.Equal(isColoured, run.Output.Contains("\u001b[32mok\u001b[m       archive", StringComparison.Ordinal));
        Assert.Equal(isColoured, run.Output.Contains('\u001b', StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', Run().Output);
    }

    private static string Quoted(string check) => check.Contains(' ', StringComparison.Ordinal) ? $"'{check}'" : check;

    private static string MountsAndModules() => File.ReadAllText("/proc/self/mounts") + (File.Exists("/proc/modules") ? File.ReadAllText("/proc/modules") : "");

    /// <summary>A kernel with an archive, and the directory of its modules.</summary>
    private void Headers()
    {
        string archive = FittingArchive.Of(Release).File("include/generated/autoconf.h", DoctorSite.Configuration).Save(_site.Scratch, "--force");
        Under(FakeKernel.WithArchive(_site.Scratch, archive));
        Directory.CreateDirectory(Modules);
    }

    private T Under<T>(T layer)
        where T : IDisposable
    {
        _layers.Push(layer);
        return layer;
    }

    private void Mount() => _site.RunSilently(Subject.Path, "kheaders", Build, "-o", "mkdir");

    private void Unmount()
    {
        _site.AssertMounted(RealBuild);
        _site.Unmount(RealBuild);
    }

    private ProcessRun Run(params string[] options) => Subject.Run(_site.Scratch, ["doctor", .. options]);

    /// <summary>Returns the command of a finding.</summary>
    private string? Expect(string check, string state, string words, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessRun run = ProcessRun.Of([Subject.Path, "doctor", "--json"], _site.Scratch.Work, environment ?? _site.Scratch.Environment);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement finding = json.RootElement.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("check").ValueEquals(check));
        Assert.Equal(state, finding.GetProperty("state").GetString());
        Message.Says(finding.GetProperty("text").GetString(), words);
        Assert.Equal(json.RootElement.GetProperty("findings").EnumerateArray().Any(static f => f.GetProperty("state").ValueEquals("problem")) ? 1 : 0, run.ExitCode);
        return finding.GetProperty("command").GetString();
    }

    private void ExpectAdvice(string check, string state, string words, string? command) => Assert.Equal(command, Expect(check, state, words));

    /// <summary>Does what the doctor says, as a person would.</summary>
    private void Mend(string? command, string? remains = null)
    {
        Assert.NotNull(command);
        string bin = Directory.CreateDirectory(_site.Scratch.In("bin")).FullName;
        if (!File.Exists($"{bin}/kheadersfs"))
        {
            File.CreateSymbolicLink($"{bin}/kheadersfs", Subject.Path);
        }

        ProcessRun.Shell($"PATH={bin}:$PATH; {command}").Succeeded();
        if (remains is not null)
        {
            Assert.True(Directory.Exists(remains), $"{command}: {remains} is not there");
        }
    }
}
