using System.Text;
using KHeadersFs.Archive.Views;

namespace KHeadersFs.Archive.Tests.Views;

/// <summary>Which .config is that of an autoconf.h: each kind of value as kconfig writes it to both (scripts/kconfig/confdata.c).</summary>
public sealed class KernelConfigurationTests
{
    private const string Head = "#\n# Automatically generated file; DO NOT EDIT.\n# Linux/x86 7.2.13 Kernel Configuration\n#\n";

    [Theory]
    [InlineData("CONFIG_A=y", "#define CONFIG_A 1")]
    [InlineData("CONFIG_A=m", "#define CONFIG_A_MODULE 1")]
    [InlineData("CONFIG_A_MODULE=y", "#define CONFIG_A_MODULE 1")]
    [InlineData("CONFIG_A=m\nCONFIG_A_MODULE=y", "#define CONFIG_A_MODULE 1\n#define CONFIG_A_MODULE 1")]
    [InlineData("# CONFIG_A is not set\nCONFIG_B=y", "#define CONFIG_B 1", "CONFIG_B=y")]
    [InlineData("CONFIG_A=n\nCONFIG_B=y", "#define CONFIG_B 1", "CONFIG_B=y")]
    [InlineData("CONFIG_A=1", "#define CONFIG_A 1")]
    [InlineData("CONFIG_A=0", "#define CONFIG_A 0")]
    [InlineData("CONFIG_A=-1", "#define CONFIG_A -1")]
    [InlineData("CONFIG_A=", "#define CONFIG_A ")]
    [InlineData("CONFIG_A=0x1000", "#define CONFIG_A 0x1000")]
    [InlineData("CONFIG_A=0", "#define CONFIG_A 0x0")] // CONFIG_MTD_NAND_DISKONCHIP_PROBE_ADDRESS of Debian
    [InlineData("CONFIG_A=1", "#define CONFIG_A 0x1")]
    [InlineData("CONFIG_A=dead", "#define CONFIG_A 0xdead")]
    [InlineData("CONFIG_A=0XDEAD", "#define CONFIG_A 0XDEAD")]
    [InlineData("CONFIG_A=0xDEAD", "#define CONFIG_A 0xdead")]
    [InlineData("CONFIG_A=DEAD", "#define CONFIG_A 0xdead")]
    [InlineData("CONFIG_A=", "#define CONFIG_A 0x")]
    [InlineData("CONFIG_A=\"\"", "#define CONFIG_A \"\"", "CONFIG_A=")]
    [InlineData("CONFIG_A=\"a b\"", "#define CONFIG_A \"a b\"", "CONFIG_A=a b")]
    [InlineData("CONFIG_A=\"a=n\"", "#define CONFIG_A \"a=n\"", "CONFIG_A=a=n")]
    [InlineData("CONFIG_A=\"\\\"\\\\\"", "#define CONFIG_A \"\\\"\\\\\"", "CONFIG_A=\"\\")]
    public void What_kconfig_writes_of_one_value_is_the_same_to_us(string configuration, string header, string? settings = null)
    {
        (string config, string auto)? made = Complete(configuration + "\n", header + "\n");
        Assert.NotNull(made);
        Assert.Equal(Head + configuration + "\n", made.Value.config);
        Assert.Equal(Head + (settings ?? configuration) + "\n", made.Value.auto);
    }

    [Theory]
    [InlineData("CONFIG_A=y", "#define CONFIG_A_MODULE 1")]
    [InlineData("CONFIG_A=m", "#define CONFIG_A 1")]
    [InlineData("CONFIG_A=m", "#define CONFIG_A_MODULE 1\n#define CONFIG_A_MODULE 1")]
    [InlineData("CONFIG_A=y", "")]
    [InlineData("", "#define CONFIG_A 1")]
    [InlineData("# CONFIG_A is not set", "#define CONFIG_A 1")]
    [InlineData("CONFIG_A=n", "#define CONFIG_A 1")]
    [InlineData("CONFIG_A=n", "#define CONFIG_A_MODULE 1")]
    [InlineData("CONFIG_A=0", "#define CONFIG_A 0x1")]
    [InlineData("CONFIG_A=0x10", "#define CONFIG_A 10")]
    [InlineData("CONFIG_A=-1", "#define CONFIG_A 1")]
    [InlineData("CONFIG_A=\"0\"", "#define CONFIG_A 0x0")]
    [InlineData("CONFIG_A=\"a\"", "#define CONFIG_A \"A\"")]
    [InlineData("CONFIG_A=\"y\"", "#define CONFIG_A 1")]
    [InlineData("CONFIG_A=y\n# CONFIG_MODULE_SIG_ALL is not set", "#define CONFIG_A 1\n#define CONFIG_MODULE_SIG_ALL 1")]
    [InlineData("CONFIG_A=y\nCONFIG_BUILD_SALT=\"x\"", "#define CONFIG_A 1\n#define CONFIG_BUILD_SALT \"y\"")]
    public void Another_value_is_another_kernels(string configuration, string header) => Assert.Null(Complete(configuration + "\n", header + "\n"));

    [Fact]
    public void What_Debian_leaves_out_of_its_configurations_is_taken_from_the_header()
    {
        (string config, string auto)? made = Complete(
            "CONFIG_A=y\n",
            "#define CONFIG_BUILD_SALT \"7.2.13+deb14-amd64\"\n#define CONFIG_SYSTEM_TRUSTED_KEYS \"\"\n#define CONFIG_A 1\n"
            + "#define CONFIG_MODULE_SIG_ALL 1\n#define CONFIG_MODULE_SIG_KEY \"output/signing_key.pem\"\n");
        Assert.NotNull(made);
        Assert.Equal(
            Head + "CONFIG_A=y\nCONFIG_BUILD_SALT=\"7.2.13+deb14-amd64\"\nCONFIG_SYSTEM_TRUSTED_KEYS=\"\"\nCONFIG_MODULE_SIG_ALL=y\n"
            + "CONFIG_MODULE_SIG_KEY=\"output/signing_key.pem\"\n",
            made.Value.config);
        Assert.Equal(
            Head + "CONFIG_BUILD_SALT=7.2.13+deb14-amd64\nCONFIG_SYSTEM_TRUSTED_KEYS=\nCONFIG_A=y\nCONFIG_MODULE_SIG_ALL=y\n"
            + "CONFIG_MODULE_SIG_KEY=output/signing_key.pem\n",
            made.Value.auto);
    }

    private static (string Configuration, string Settings)? Complete(string configuration, string header)
    {
        var made = KernelConfiguration.TryComplete(Encoding.UTF8.GetBytes(Head + configuration), Encoding.UTF8.GetBytes(header), "7.2.13+deb14-amd64");
        return made is var (config, settings) ? (Encoding.UTF8.GetString(config), Encoding.UTF8.GetString(settings)) : null;
    }
}
