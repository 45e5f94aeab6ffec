namespace KHeadersFs.Mount.Tests;

/// <summary>-o kbuild with a configuration as Debian installs it: each kind of value, and without what Debian leaves out.</summary>
public sealed class KbuildValueTests : IDisposable
{
    private const string Head = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 7.2.13 Kernel Configuration\n#\n";

    private const string Configuration = Head
        + "CONFIG_CLANG_VERSION=0\nCONFIG_SMP=y\nCONFIG_KVM=m\n# CONFIG_NOTHING is not set\nCONFIG_NICE=-5\nCONFIG_TEXT=\"a \\\"b\\\"\"\nCONFIG_EMPTY=\"\"\n"
        + "CONFIG_MTD_NAND_DISKONCHIP_PROBE_ADDRESS=0\nCONFIG_PHYSICAL_START=0x1000000\nCONFIG_PHYSICAL_ALIGN=200000\n";

    private const string Header =
        "#define CONFIG_PHYSICAL_ALIGN 0x200000\n#define CONFIG_BUILD_SALT \"7.2.13+deb14-amd64\"\n#define CONFIG_KVM_MODULE 1\n#define CONFIG_SMP 1\n"
        + "#define CONFIG_CLANG_VERSION 0\n#define CONFIG_NICE -5\n#define CONFIG_TEXT \"a \\\"b\\\"\"\n#define CONFIG_EMPTY \"\"\n"
        + "#define CONFIG_MTD_NAND_DISKONCHIP_PROBE_ADDRESS 0x0\n#define CONFIG_PHYSICAL_START 0x1000000\n#define CONFIG_MODULE_SIG_ALL 1\n";

    private readonly MountSite _site = new();
    private readonly Scratch _archives = new();
    private readonly Cover _boot;

    public KbuildValueTests()
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

    [Fact]
    public void It_is_the_configuration_of_the_headers_and_whole_again()
    {
        const string Release = "7.2.13+deb14-amd64";
        File.WriteAllText($"/boot/config-{Release}", Configuration);
        string archive = FittingArchive.Of(Release).File("include/generated/autoconf.h", Header).Save(_archives);
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "kbuild,release=ignore", archive, _site.Directory]).Succeeded();
        Assert.Equal("", run.Error);
        _site.AssertMounted();
        Assert.Equal(Configuration + "CONFIG_BUILD_SALT=\"7.2.13+deb14-amd64\"\nCONFIG_MODULE_SIG_ALL=y\n", Read(".config"));
        Assert.Equal(
            Head + "CONFIG_PHYSICAL_ALIGN=200000\nCONFIG_BUILD_SALT=7.2.13+deb14-amd64\nCONFIG_KVM=m\nCONFIG_SMP=y\nCONFIG_CLANG_VERSION=0\nCONFIG_NICE=-5\n"
            + "CONFIG_TEXT=a \"b\"\nCONFIG_EMPTY=\nCONFIG_MTD_NAND_DISKONCHIP_PROBE_ADDRESS=0\nCONFIG_PHYSICAL_START=0x1000000\nCONFIG_MODULE_SIG_ALL=y\n",
            Read("include/config/auto.conf"));
        _site.Unmount();
    }

    private string Read(string path) => File.ReadAllText(Path.Combine(_site.Directory, path));
}
