using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// A machine for doctor to look at, in this namespace until disposed: no modules, no sources and no packages but those that a test makes, and a kernel with an
/// archive that has a configuration.
/// </summary>
internal sealed class DoctorSite : IDisposable
{
    /// <summary>The configuration in the kernel's archive.</summary>
    internal const string Configuration = "#define CONFIG_FUSE_FS 1\n#define CONFIG_HZ 250\n#define CONFIG_IKHEADERS 1\n#define CONFIG_PROBE_ADDRESS 0x0\n";

    /// <summary>The same as .config has it, with a hexadecimal 0 as Linux 6.1 has for CONFIG_MTD_NAND_DISKONCHIP_PROBE_ADDRESS.</summary>
    internal const string DotConfig = "CONFIG_FUSE_FS=y\nCONFIG_HZ=250\n# CONFIG_EMPTY is not set\nCONFIG_IKHEADERS=y\nCONFIG_PROBE_ADDRESS=0\n";

    internal static readonly string Release = FittingArchive.RunningRelease;
    internal static readonly string Modules = $"/lib/modules/{Release}";
    internal static readonly string Build = $"{Modules}/build";
    internal static readonly string RealBuild = $"/usr/lib/modules/{Release}/build";

    private readonly Stack<IDisposable> _layers = new();

    /// <param name="hasArchive">Whether the kernel shows its archive.</param>
    internal DoctorSite(bool hasArchive = true)
    {
        Site = new MountSite();
        Under(Cover.Empty("/lib/modules"));
        Under(Cover.Empty("/usr/src"));
        Archive = FittingArchive.Of(Release).File("include/generated/autoconf.h", Configuration).Save(Site.Scratch, "--force");
        Kernel = Under(hasArchive ? FakeKernel.WithArchive(Site.Scratch, Archive) : new FakeKernel(Site.Scratch));
        Directory.CreateDirectory(Modules);

        // Both tools, as far as doctor looks.
        string bin = Directory.CreateDirectory(Site.Scratch.In("bin")).FullName;
        File.WriteAllText($"{bin}/bpftrace", "");
        File.CreateSymbolicLink($"{bin}/kheadersfs", Subject.Path);
        Directory.CreateDirectory(Under(new Overlay(Site.Scratch, "/usr/lib/python3/dist-packages")).In("bcc"));
        Environment = new Dictionary<string, string>(Site.Scratch.Environment, StringComparer.Ordinal)
        {
            ["PATH"] = $"{bin}:{System.Environment.GetEnvironmentVariable("PATH")}",
        };
    }

    internal MountSite Site { get; }

    internal FakeKernel Kernel { get; }

    /// <summary>The kernel's archive, as a file.</summary>
    internal string Archive { get; }

    /// <summary>Variables that doctor gets.</summary>
    internal Dictionary<string, string> Environment { get; }

    internal T Under<T>(T layer)
        where T : IDisposable
    {
        _layers.Push(layer);
        return layer;
    }

    /// <summary>Makes a tree of headers; null leaves a file out.</summary>
    internal static string Tree(string directory, string? configuration = Configuration, string? release = null, bool hasHeaders = true)
    {
        Directory.CreateDirectory($"{directory}/include/linux");
        if (hasHeaders)
        {
            File.WriteAllText($"{directory}/include/linux/kconfig.h", "");
        }

        if (configuration is not null)
        {
            Directory.CreateDirectory($"{directory}/include/generated");
            File.WriteAllText($"{directory}/include/generated/autoconf.h", configuration);
            File.WriteAllText($"{directory}/include/generated/utsrelease.h", $"#define UTS_RELEASE \"{release ?? Release}\"\n");
        }

        return directory;
    }

    /// <summary>Debian's two packages: what is generated in one tree, whose Makefile includes that of the other, and the two links.</summary>
    internal static (string Common, string Generated) SplitTree(string? release = null)
    {
        string common = Tree("/usr/src/linux-headers-common", configuration: null);
        string generated = Tree($"/usr/src/linux-headers-{Release}", release: release, hasHeaders: false);
        File.WriteAllText($"{common}/Makefile", "");
        File.WriteAllText($"{generated}/Makefile", $"include {common}/Makefile\n");
        File.CreateSymbolicLink(Build, generated);
        File.CreateSymbolicLink($"{Modules}/source", common);
        return (common, generated);
    }

    /// <summary>Also where mounting warns of what is beside it.</summary>
    internal void Mount(string directory) => Site.Run(Subject.Path, "kheaders", directory, "-o", "mkdir").Succeeded();

    /// <summary>Has doctor find what has these words, in its text as well, and returns the command.</summary>
    internal string? Expect(string check, string state, string words, params string[] prefix)
    {
        string[] program = prefix is [] ? [Subject.Path] : prefix;
        ProcessRun json = ProcessRun.Of([.. program, "doctor", "--json"], Site.Scratch.Work, Environment);
        using JsonDocument document = JsonDocument.Parse(json.Output);
        JsonElement[] findings = [.. document.RootElement.GetProperty("findings").EnumerateArray()];
        JsonElement finding = findings.Single(f => f.GetProperty("check").ValueEquals(check));
        string said = finding.GetProperty("text").GetString()!;
        Assert.Equal((state, words), (finding.GetProperty("state").GetString(), Message.Has(said, words) ? words : said));
        Assert.Equal(Array.Exists(findings, static f => f.GetProperty("state").ValueEquals("problem")) ? 1 : 0, json.ExitCode);

        ProcessRun lines = ProcessRun.Of([.. program, "doctor"], Site.Scratch.Work, Environment);
        Assert.Equal(json.ExitCode, lines.ExitCode);
        Assert.Contains($"{state} {check} {said}", Joined(lines.Output), StringComparison.Ordinal);
        return finding.GetProperty("command").GetString();
    }

    internal void Expect(string check, string state, string words, string? command, params string[] prefix) => Assert.Equal(command, Expect(check, state, words, prefix));

    /// <summary>Does what doctor says, as a person would.</summary>
    internal void Mend(string? command)
    {
        Assert.NotNull(command);
        ProcessRun.Of(["sh", "-c", command], Site.Scratch.Work, Environment).Succeeded();
    }

    public void Dispose()
    {
        while (_layers.TryPop(out IDisposable? layer))
        {
            layer.Dispose();
        }

        Site.Dispose();
    }

    private static string Joined(string lines) => string.Join(' ', lines.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
