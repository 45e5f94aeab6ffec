using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Tests;

public sealed class DanglingLinkTests
{
    [Theory]
    [InlineData("a.h")]
    [InlineData("./a.h")]
    [InlineData("../../include//linux/a.h")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../linux/")]
    [InlineData("twice.h")]
    [InlineData("up/linux/a.h")]
    public void A_link_to_something_in_the_tree_is_not_spoken_of(string target) => Assert.Empty(WarningsOf(target));

    [Theory]
    [InlineData("b.h")]
    [InlineData("/include/linux/a.h")] // leads out of the mount
    [InlineData("../../../include/linux/a.h")]
    [InlineData("../../..")]
    [InlineData("a.h/")]
    [InlineData("a.h/..")]
    [InlineData("none/../a.h")]
    [InlineData("link.h")]
    [InlineData("loop.h")]
    [InlineData("nowhere.h")]
    public void A_link_to_nowhere_is(string target)
    {
        string warning = Assert.Single(WarningsOf(target));
        Assert.Contains($"\"include/linux/link.h\" to \"{target}\"", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void All_are_counted_and_the_first_is_named()
    {
        TestArchive.Warnings.Clear();
        using var archive = new TestArchive();
        archive.File("a.h", "a");
        for (int i = 0; i < 45; i++)
        {
            archive.Symlink($"l{i:D2}", i == 0 ? "a.h" : $"l{i - 1:D2}");
        }

        // 40 links lead to a.h; the kernel follows no more of them.
        using HeaderStore store = archive.Open();
        Assert.StartsWith("5 of its links lead nowhere, \"l40\" to \"l39\"", Assert.Single(TestArchive.Warnings), StringComparison.Ordinal);
    }

    private static string[] WarningsOf(string target)
    {
        TestArchive.Warnings.Clear();
        using TestArchive archive = new TestArchive().File("include/linux/a.h", "a").Symlink("include/linux/link.h", target);
        switch (target)
        {
            case "twice.h":
                archive.Symlink("include/linux/twice.h", "a.h");
                break;
            case "up/linux/a.h":
                archive.Symlink("include/linux/up", "..");
                break;
            case "loop.h":
                archive.Symlink("include/linux/loop.h", "link.h");
                break;
            case "nowhere.h":
                archive.Symlink("include/linux/nowhere.h", "/sandbox/a.h");
                break;
        }

        using HeaderStore store = archive.Open();
        return [.. TestArchive.Warnings.Where(static w => w.Contains("link.h", StringComparison.Ordinal))];
    }
}
