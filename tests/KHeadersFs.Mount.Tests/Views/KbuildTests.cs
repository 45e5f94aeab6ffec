namespace KHeadersFs.Mount.Tests;

/// <summary>-o kbuild: what else of a build directory is there, and that nothing of it is made up.</summary>
public sealed class KbuildTests : IDisposable
{
    private const string Configuration =
        "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 5.10.0 Kernel Configuration\n#\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n"
        + "CONFIG_N=1\nCONFIG_S=\"a \\\"b\\\"\"\nCONFIG_X=0x10\n";

    private const string Header =
        "#define CONFIG_S \"a \\\"b\\\"\"\n#define CONFIG_A 1\n#define CONFIG_C_MODULE 1\n#define CONFIG_X 0x10\n#define CONFIG_N 1\n";

    private readonly MountSite _site = new();
    private readonly Scratch _archives = new();
    private readonly Cover _boot;

    public KbuildTests()
    {
        Directory.CreateDirectory("/boot");
        _boot = Cover.Empty("/boot");
    }

    public void Dispose()
    {
        _boot.Dispose();
        _site.Dispose();
        _archives.Dispose();
    }

    [Theory]
    [InlineData("5.10.0-test", "\"a \\\"b\\\"\"")]
    [InlineData("5.17.0-test", "a \"b\"")]
    [InlineData("6.1.0-test", "a \"b\"")]
    public void The_configuration_is_that_of_the_headers(string release, string text)
    {
        File.WriteAllText($"/boot/config-{release}", Configuration);
        Mount(Archive(release, Header));
        Assert.Equal(Configuration, Read(".config"));
        Assert.Equal(
            $"#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 5.10.0 Kernel Configuration\n#\nCONFIG_S={text}\nCONFIG_A=y\nCONFIG_C=m\nCONFIG_X=0x10\nCONFIG_N=1\n",
            Read("include/config/auto.conf"));
        Assert.Equal($"{release}\n", Read("include/config/kernel.release"));
        _site.Unmount();
    }

    [Theory]
    [InlineData("#define CONFIG_A 1\n", "holds more than the headers")]
    [InlineData(Header + "#define CONFIG_MORE 1\n", "holds less")]
    [InlineData("#define CONFIG_S \"c\"\n#define CONFIG_A 1\n#define CONFIG_C_MODULE 1\n#define CONFIG_X 0x10\n#define CONFIG_N 1\n", "holds another text")]
    public void A_configuration_of_another_kernel_is_not_served(string header, string because)
    {
        File.WriteAllText("/boot/config-6.1.0-test", Configuration);
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "kbuild,release=ignore", Archive("6.1.0-test", header), _site.Directory]).Succeeded();
        Assert.Single(run.Error, '\n');
        Message.Says(run.Error, "warning: no .config: /boot/config-6.1.0-test not configuration these headers");
        ExpectNone(because);
        Assert.Equal("6.1.0-test\n", Read("include/config/kernel.release"));
        _site.Unmount();
    }

    [Fact]
    public void Without_a_configuration_there_is_none()
    {
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "kbuild,release=ignore", Archive("6.1.0-test", Header), _site.Directory]).Succeeded();
        Assert.Single(run.Error, '\n');
        Message.Says(run.Error, "warning: no .config: 6.1.0-test /proc/config.gz /boot");
        ExpectNone("there is none");
        _site.Unmount();
    }

    [Fact]
    public void What_an_archive_has_of_its_own_stays()
    {
        string archive = FittingArchive.Of(FittingArchive.RunningRelease).File("Makefile", "all:\n").File("./include/config/kernel.release", "mine\n").Save(_archives);
        Mount(archive);
        Assert.Equal("all:\n", Read("Makefile"));
        Assert.Equal("mine\n", Read("include/config/kernel.release"));
        _site.Unmount();
    }

    [Theory]
    [InlineData("kheaders.tar.xz")]
    [InlineData("blocks-256k.tar.xz")] // which are kept as they are
    [InlineData("plain.tar")]
    public void All_else_is_as_without_it(string name)
    {
        string plain = Directory.CreateDirectory(_site.Scratch.In("plain")).FullName;
        Subject.Run(_site.Scratch, ["-o", "release=ignore", Archives.Named(name), plain]).Succeeded();
        Subject.Run(_site.Scratch, ["-o", "release=ignore,kbuild", Archives.Named(name), _site.Directory]).Succeeded();
        string difference = _site.Run("diff", "-r", plain, _site.Directory).Output;
        Assert.Equal($"Only in {_site.Directory}: Makefile\nOnly in {_site.Directory}/include/config: kernel.release\n", difference.Replace(
            $"Only in {_site.Directory}/include: config\n", $"Only in {_site.Directory}/include/config: kernel.release\n", StringComparison.Ordinal));
    }

    private static void Absent(string path, string because) => Assert.False(File.Exists(path), $"{because}, and {path} is there");

    private void ExpectNone(string because)
    {
        Absent(Path.Combine(_site.Directory, ".config"), because);
        Absent(Path.Combine(_site.Directory, "include/config/auto.conf"), because);
    }

    private string Archive(string release, string header) =>
        FittingArchive.Of(release).File("include/generated/autoconf.h", header).Save(_archives);

    private void Mount(string archive)
    {
        Subject.Run(_site.Scratch, ["-o", "kbuild,release=ignore", archive, _site.Directory]).Succeeded();
        _site.AssertMounted();
    }

    private string Read(string path) => File.ReadAllText(Path.Combine(_site.Directory, path));
}
