using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// A package of headers that dpkg installs while headers are mounted at its place: dpkg leaves its link out and does not say so, kheadersfs
/// doctor does, and names the command that makes it.
/// </summary>
public sealed class PackagedHeadersTests : IDisposable
{
    private static readonly string Release = FittingArchive.RunningRelease;
    private static readonly string Package = $"linux-headers-{Release}";
    private static readonly string Modules = $"/lib/modules/{Release}";
    private static readonly string Build = $"{Modules}/build";

    private readonly MountSite _site = new();
    private readonly Stack<IDisposable> _layers = new();

    public PackagedHeadersTests()
    {
        TestRun.SkipUnless(File.Exists("/usr/bin/dpkg-deb"), "dpkg is not installed");
        _layers.Push(Cover.Empty("/lib/modules"));
        _layers.Push(FakeKernel.WithArchive(_site.Scratch, _site.Archive));
        _layers.Push(new Overlay(_site.Scratch, "/usr/src"));

        // Without what is installed on this machine.
        _layers.Push(Cover.Empty("/var/lib/dpkg"));
        Directory.CreateDirectory("/var/lib/dpkg/info");
        Directory.CreateDirectory("/var/lib/dpkg/updates");
        File.WriteAllText("/var/lib/dpkg/status", "");
        Directory.CreateDirectory(Modules);
    }

    public void Dispose()
    {
        while (_layers.TryPop(out IDisposable? layer))
        {
            layer.Dispose();
        }

        _site.Dispose();
    }

    [Theory]
    [InlineData(false, "/lib/modules")]
    [InlineData(true, "/usr/lib/modules")]
    public void A_link_that_dpkg_has_left_out_for_a_mount_is_made_by_the_doctors_command(bool directoryStays, string place)
    {
        if (directoryStays)
        {
            Directory.CreateDirectory(Build);
        }

        _site.RunSilently(Subject.Path, "kheaders", Build, "-o", "mkdir");
        _site.AssertMounted($"/usr{Build}");
        Install(place);
        Assert.Null(new FileInfo(Build).LinkTarget);
        string? command = Expect("warning", $"{Build} link package {Package} missing dpkg mounted");
        Mend(command);
        AssertMended();
        _site.AssertGone();
    }

    [Theory]
    [InlineData(false, "dpkg directory")]
    [InlineData(true, "nothing there")]
    public void What_a_mount_has_left_in_place_of_the_link_is_replaced_by_it(bool isGone, string why)
    {
        Directory.CreateDirectory(Build);
        Install("/lib/modules");
        if (isGone)
        {
            Directory.Delete(Build);
        }

        Mend(Expect("warning", $"{Build} missing {why}"));
        AssertMended();
    }

    [Fact]
    public void Another_kernels_link_is_looked_for_as_well()
    {
        Directory.CreateDirectory("/lib/modules/6.99.0-other/build");
        Install("/lib/modules", "6.99.0-other");
        Expect("warning", "/lib/modules/6.99.0-other/build link package linux-headers-6.99.0-other missing");
    }

    [Fact]
    public void A_package_that_brings_a_directory_lacks_no_link()
    {
        File.WriteAllText("/var/lib/dpkg/info/custom.list", $"/.\n/lib\n/lib/modules\n{Modules}\n{Build}\n{Build}/Makefile\n");
        Directory.CreateDirectory(Build);
        Expect("ok", "no link missing");
    }

    private void AssertMended()
    {
        Assert.Equal($"/usr/src/{Package}", new FileInfo(Build).LinkTarget);
        Expect("ok", "no link missing");
    }

    /// <summary>A package as Debian's of headers.</summary>
    private string MakePackage(string place, string release)
    {
        string root = _site.Scratch.In($"package-{release}");
        string package = $"linux-headers-{release}";
        Directory.CreateDirectory($"{root}/DEBIAN");
        File.WriteAllText($"{root}/DEBIAN/control", $"Package: {package}\nVersion: 1\nArchitecture: all\nMaintainer: none <none@example.org>\nDescription: headers\n");
        Directory.CreateDirectory($"{root}/usr/src/{package}");
        File.WriteAllText($"{root}/usr/src/{package}/Makefile", "");
        Directory.CreateDirectory($"{root}{place}/{release}");
        File.CreateSymbolicLink($"{root}{place}/{release}/build", $"/usr/src/{package}");
        string file = _site.Scratch.In($"{package}.deb");
        if (!File.Exists(file))
        {
            ProcessRun.Of(["dpkg-deb", "--root-owner-group", "--build", root, file]).Succeeded();
        }

        return file;
    }

    /// <summary>dpkg installs it, and says nothing of a link.</summary>
    private void Install(string place, string? release = null)
    {
        string said = ProcessRun.Shell(Dpkg, MakePackage(place, release ?? Release)).Succeeded().Error;
        Assert.DoesNotContain("build", said, StringComparison.Ordinal);

        // What the command calls: it gets the same package.
        string bin = Directory.CreateDirectory(_site.Scratch.In("bin")).FullName;
        File.WriteAllText($"{bin}/apt-get", $"#!/bin/sh\n[ \"$*\" = 'install --reinstall {Package}' ] || exit 1\nset -- '{_site.Scratch.In($"{Package}.deb")}'\n{Dpkg}\n");
        File.SetUnixFileMode($"{bin}/apt-get", UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private const string Dpkg = "dpkg --log=/dev/null --no-triggers --install \"$1\"";

    private string? Expect(string state, string words)
    {
        using JsonDocument json = JsonDocument.Parse(Subject.Run(_site.Scratch, ["doctor", "--json"]).Output);
        JsonElement finding = json.RootElement.GetProperty("findings").EnumerateArray().Single(static f => f.GetProperty("check").ValueEquals("packages"));
        Assert.Equal(state, finding.GetProperty("state").GetString());
        Message.Says(finding.GetProperty("text").GetString(), words);
        return finding.GetProperty("command").GetString();
    }

    /// <summary>Does what the doctor says, as a person would.</summary>
    private void Mend(string? command)
    {
        Assert.NotNull(command);
        string bin = _site.Scratch.In("bin");
        File.CreateSymbolicLink($"{bin}/kheadersfs", Subject.Path);
        ProcessRun.Shell($"PATH={bin}:$PATH; {command}").Succeeded();
    }
}
