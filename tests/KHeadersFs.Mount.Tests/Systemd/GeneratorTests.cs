namespace KHeadersFs.Mount.Tests;

/// <summary>What the generator of systemd writes, for which kernels, and where it keeps away.</summary>
public sealed class GeneratorTests : IDisposable
{
    private const string Config = "/etc/kheadersfs.conf";
    private const string Other = "6.99.0-other+1";

    private readonly GeneratorRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void The_booted_kernel_gets_an_automount_a_mount_and_what_clears_up()
    {
        string build = _root.Install(GeneratorRoot.Booted);
        _root.Install(Other);
        IReadOnlyDictionary<string, string> units = _root.Generate();
        string name = Escaped(build);
        Assert.Equal(
            [
                $"kheadersfs-directory@{name}.service", $"kheadersfs-server@{name}.service", "kheadersfs.target",
                $"kheadersfs.target.wants/{name}.automount", $"{name}.automount", $"{name}.mount", "multi-user.target.wants/kheadersfs.target",
            ],
            GeneratorRoot.Names(units));
        Assert.Equal($"../{name}.automount", units[$"kheadersfs.target.wants/{name}.automount"]);
        Assert.Equal("../kheadersfs.target", units["multi-user.target.wants/kheadersfs.target"]);

        string mount = units[$"{name}.mount"];
        Assert.Equal("kheaders", GeneratorRoot.Value(mount, "What"));
        Assert.Equal(build, GeneratorRoot.Value(mount, "Where"));
        string pidFile = GeneratorRoot.Value(units[$"kheadersfs-server@{name}.service"], "PIDFile");
        Assert.Equal($"cache=/var/cache/kheadersfs,idle=300,pidfile={pidFile}", GeneratorRoot.Value(mount, "Options"));
        Assert.InRange(int.Parse(GeneratorRoot.Value(mount, "TimeoutSec"), System.Globalization.CultureInfo.InvariantCulture), 90, 1000);

        string automount = units[$"{name}.automount"];
        Assert.Equal(build, GeneratorRoot.Value(automount, "Where"));
        Assert.Equal("kheadersfs.service", GeneratorRoot.Value(automount, "Conflicts"));
        Assert.All(units.Values, static text => Assert.DoesNotMatch("@[A-Z]+@", text));
    }

    [Fact]
    public void A_kernel_with_its_archive_built_in_needs_no_module()
    {
        Directory.CreateDirectory(_root.In($"/lib/modules/{GeneratorRoot.Booted}"));
        Assert.Empty(_root.Generate());
        _root.Write(FakeKernel.SysArchive, "");
        Assert.Equal([$"/lib/modules/{GeneratorRoot.Booted}/build"], _root.Places());
    }

    [Fact]
    public void A_kernel_that_is_not_installed_gets_nothing()
    {
        _root.Write(FakeKernel.SysArchive, "");
        Assert.Empty(_root.Generate());
    }

    [Fact]
    public void On_request_each_installed_kernel_gets_its_own()
    {
        string[] builds = [_root.Install(GeneratorRoot.Booted), _root.Install(Other), _root.Install("6.98.0", "kheaders.ko")];
        Directory.CreateDirectory(_root.In("/lib/modules/6.97.0-without/kernel/kernel"));
        _root.Write(Config, "kernels=all\n");
        IReadOnlyDictionary<string, string> units = _root.Generate();
        Assert.Equal([.. builds.Order(StringComparer.Ordinal)], _root.Places());
        string name = Escaped(builds[1]);
        Assert.Equal($"release:{Other}", GeneratorRoot.Value(units[$"{name}.mount"], "What"));
        Assert.True(units.ContainsKey($"kheadersfs.target.wants/{name}.automount"));
        Assert.DoesNotContain("Conflicts", units[$"{name}.automount"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_with_two_names_gets_its_units_once()
    {
        string build = _root.Install(GeneratorRoot.Booted);
        string other = _root.Install(Other);
        _root.Link("/lib/modules/current", GeneratorRoot.Booted);
        _root.Write(Config, "kernels=all\n");
        Assert.Equal([.. new[] { build, other }.Order(StringComparer.Ordinal)], _root.Places());
    }

    [Fact]
    public void On_request_nothing_is_written()
    {
        _root.Install(GeneratorRoot.Booted);
        _root.Write(Config, "kernels=none\n");
        Assert.Empty(_root.Generate());
    }

    [Fact]
    public void An_initial_RAM_disk_gets_nothing()
    {
        _root.Install(GeneratorRoot.Booted);
        _root.Write("/etc/initrd-release", "");
        Assert.Empty(_root.Generate());
    }

    [Fact]
    public void Options_of_the_file_are_those_of_the_mount()
    {
        string build = _root.Install(GeneratorRoot.Booted);
        _root.Write(Config, "# a comment\n\n; another\n idle = 60\noptions=prime,cache=/var/tmp/kheaders\n");
        IReadOnlyDictionary<string, string> units = _root.Generate();
        Assert.StartsWith(
            "cache=/var/cache/kheadersfs,prime,cache=/var/tmp/kheaders,idle=60,pidfile=/run/",
            GeneratorRoot.Value(units[$"{Escaped(build)}.mount"], "Options"), StringComparison.Ordinal);
        Assert.Equal(Config, GeneratorRoot.Value(units[$"{Escaped(build)}.automount"], "SourcePath"));
        _root.Write(Config, "idle=0\n");
        Assert.DoesNotContain("idle", _root.Generate()[$"{Escaped(build)}.mount"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kernels=some", "kernels= booted all none")]
    [InlineData("idle=-1", "1 to 1000000")]
    [InlineData("idle=5min", "seconds")]
    [InlineData("options=prime,fast", "-o fast: unknown option")]
    [InlineData("options=log=/var/log/$x", "character")]
    [InlineData("prime", "kernels= idle= options=")]
    [InlineData("colour=red", "kernels= idle= options=")]
    public void A_wrong_line_is_named_and_the_rest_counts(string line, string advice)
    {
        string build = _root.Install(GeneratorRoot.Booted);
        _root.Write(Config, $"idle=61\n{line}\noptions=umask=022\n");
        string mount = _root.Generate(out string said)[$"{Escaped(build)}.mount"];
        Assert.Matches(@"\Akheadersfs: warning: [^\n]+; [^\n]+\n\z", said);
        Assert.Contains($"{Config}:2: ", said, StringComparison.Ordinal);
        Message.Says(said, advice);
        Assert.Contains("umask=022,idle=61", GeneratorRoot.Value(mount, "Options"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        _root.Install(GeneratorRoot.Booted);
        Directory.CreateDirectory(_root.In(Config));
        Assert.NotEmpty(_root.Generate(out string said));
        Assert.Matches($@"\Akheadersfs: warning: {Config}: [^\n]+; [^\n]+\n\z", said);
    }

    [Theory]
    [InlineData("build/Makefile")]
    [InlineData("build/include/linux/kconfig.h")]
    [InlineData("build")] // a file
    public void Whatever_is_there_already_stays(string path)
    {
        _root.Install(GeneratorRoot.Booted);
        _root.Write($"/lib/modules/{GeneratorRoot.Booted}/{path}", "");
        Assert.Empty(_root.Generate());
    }

    [Fact]
    public void An_empty_directory_is_used()
    {
        string build = _root.Install(GeneratorRoot.Booted);
        Directory.CreateDirectory(_root.In(build));
        Assert.Equal([build], _root.Places());
    }

    [Fact]
    public void Where_build_leads_to_packaged_headers_they_stay()
    {
        _root.Link(_root.Install(GeneratorRoot.Booted), "/usr/src/linux-headers");
        _root.Write("/usr/src/linux-headers/Makefile", "");
        Assert.Empty(_root.Generate());
    }

    [Theory]
    [InlineData("/usr/src/kernels/one")]
    [InlineData("../../../usr/src/kernels/one")]
    public void Where_build_leads_nowhere_its_target_is_used(string target)
    {
        _root.Link(_root.Install(GeneratorRoot.Booted), target);
        Directory.CreateDirectory(_root.In("/usr/src"));
        IReadOnlyDictionary<string, string> units = _root.Generate();
        Assert.Equal(["/usr/src/kernels/one"], _root.Places());
        Assert.Equal("|/usr/src", GeneratorRoot.Value(units["usr-src-kernels-one.automount"], "ConditionPathIsReadWrite"));
    }

    [Fact]
    public void A_link_on_the_way_is_resolved_for_systemd_mounts_on_none()
    {
        _root.Write($"/usr/lib/modules/{GeneratorRoot.Booted}/kernel/kernel/kheaders.ko.zst", "");
        _root.Link("/lib", "usr/lib");
        Assert.Equal([$"/usr/lib/modules/{GeneratorRoot.Booted}/build"], _root.Places());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_armed_is_not_looked_into_and_gets_the_same_units(bool byLink)
    {
        string build = _root.Install(GeneratorRoot.Booted);
        string place = byLink ? "/usr/src/kernels/one" : build;
        if (byLink)
        {
            _root.Link(build, place);
        }

        string[] before = GeneratorRoot.Names(_root.Generate());
        _root.Arm(place);
        Assert.Equal(before, GeneratorRoot.Names(_root.Generate()));
    }

    [Fact]
    public void What_is_mounted_there_by_others_stays()
    {
        string build = _root.Install(GeneratorRoot.Booted);
        Directory.CreateDirectory(_root.In(build));
        _ = Cover.Empty(_root.In(build));
        Assert.Empty(_root.Generate());
    }

    [Theory]
    [InlineData("/etc/systemd/system/multi-user.target.wants")]
    [InlineData("/run/systemd/system/graphical.target.requires")]
    public void Beside_the_service_nothing_is_armed(string directory)
    {
        string build = _root.Install(GeneratorRoot.Booted);
        string other = _root.Install(Other);
        _root.Write(Config, "kernels=all\n");
        _root.Link($"{directory}/kheadersfs.service", "/usr/lib/systemd/system/kheadersfs.service");
        IReadOnlyDictionary<string, string> units = _root.Generate();
        Assert.False(units.ContainsKey($"kheadersfs.target.wants/{Escaped(build)}.automount"));
        Assert.True(units.ContainsKey($"kheadersfs.target.wants/{Escaped(other)}.automount"));
    }

    [Theory]
    [InlineData("6.1 blank")]
    [InlineData("6.1%n")]
    [InlineData("6.1\\x")]
    [InlineData("6.1\u00e9")]
    public void A_name_that_no_unit_can_hold_is_said(string release)
    {
        _root.Install(release);
        _root.Write(Config, "kernels=all\n");
        Assert.Empty(_root.Generate(out string said));
        Assert.Matches(@"\Akheadersfs: warning: /lib/modules/6\.1[^\n]+; [^\n]+\n\z", said);
    }

    [Theory]
    [InlineData("6.1.0-56-amd64")]
    [InlineData("6.12.9+~rc1_x:y@z,=")]
    [InlineData(".hidden")]
    public void Units_have_the_names_that_systemd_gives_them(string release)
    {
        string build = _root.Install(release);
        _root.Write(Config, "kernels=all\n");
        ProcessRun asked = ProcessRun.Of(["systemd-escape", "--path", "--suffix=automount", build]).Succeeded();
        Assert.True(_root.Generate().ContainsKey(asked.Output.TrimEnd()));
    }

    [Theory]
    [InlineData]
    [InlineData("/late")]
    public void Without_its_three_directories_it_says_what_it_is(params string[] arguments)
    {
        ProcessRun run = _root.Run(arguments);
        Assert.Equal(FailedMount.Usage, run.ExitCode);
        Assert.Matches(@"\Akheadersfs: [^\n]+; [^\n]+\n\z", run.Error);
    }

    private static string Escaped(string path) =>
        path[1..].Replace("-", "\\x2d", StringComparison.Ordinal).Replace("+", "\\x2b", StringComparison.Ordinal).Replace('/', '-');
}
