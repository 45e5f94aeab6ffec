using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Archive.Tests;

/// <summary>Which links lead nowhere, without asking a kernel.</summary>
public sealed class DanglingLinksTests
{
    [Theory]
    [InlineData("b.h")]
    [InlineData("./b.h")]
    [InlineData(".//b.h")]
    [InlineData("../include/b.h")]
    [InlineData("../arch/x86/../../include/sub/../b.h")]
    [InlineData("sub/")]
    [InlineData("sub/.")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("to-sub/c.h")]
    [InlineData("to-sub/../b.h")] // the parent of what the link leads to, not of the link
    [InlineData("to-b.h")]
    [InlineData("ü,with,commas.h")]
    public void A_link_into_the_tree_leads_somewhere(string target)
    {
        using HeaderStore store = Open(target);
        Assert.Equal(new DanglingLinks(0, "", OnlyLeavesRoot: false, IsComplete: true), DanglingLinks.Find(store.Nodes, 0, new ArchiveLimits().LinkSteps));
    }

    [Theory]
    [InlineData("/sandbox/execroot/include/b.h")]
    [InlineData("/include/b.h")]
    [InlineData("/")]
    [InlineData("no.h")]
    [InlineData("b")]
    [InlineData("B.h")]
    [InlineData("b.h/")]
    [InlineData("b.h/.")]
    [InlineData("b.h/..")]
    [InlineData("b.h/c.h")]
    [InlineData("to-b.h/")]
    [InlineData("no/../b.h")]
    [InlineData("../../include/b.h")] // out of the tree and never back
    [InlineData("../../../../../../sandbox/b.h")]
    [InlineData("link.h")]
    [InlineData("sub/../link.h")]
    public void A_link_out_of_the_tree_to_nothing_or_in_a_circle_leads_nowhere(string target)
    {
        using HeaderStore store = Open(target);
        Assert.Equal(
            new DanglingLinks(1, $"include/link.h -> {target}", OnlyLeavesRoot: false, IsComplete: true), DanglingLinks.Find(store.Nodes, 0, new ArchiveLimits().LinkSteps));
    }

    [Fact]
    public void The_first_of_many_is_the_example_and_a_link_to_one_of_them_counts_too()
    {
        using TestArchive archive = new TestArchive()
            .File("a.h", "a").Symlink("x/3.h", "../2.h").Symlink("2.h", "/sandbox/2.h").Symlink("good.h", "a.h")
            .Symlink("4.h", "x/3.h").HardLink("x/good.h", "good.h");
        using HeaderStore store = archive.Open();

        // The hard link of a link starts from where its name is: there is no x/a.h.
        Assert.Equal(new DanglingLinks(4, "2.h -> /sandbox/2.h", OnlyLeavesRoot: false, IsComplete: true), DanglingLinks.Find(store.Nodes, 0, new ArchiveLimits().LinkSteps));
    }

    [Theory]
    [InlineData(40, 0)]
    [InlineData(41, 1)]
    [InlineData(45, 5)]
    public void Forty_links_are_followed_as_the_kernel_does(int links, int dangling)
    {
        using TestArchive archive = new TestArchive().File("0", "").File("a.h", "a");
        for (int i = 1; i <= links; i++)
        {
            archive.Symlink($"{i}", $"{i - 1}");
        }

        using HeaderStore store = archive.Open();
        Assert.Equal(dangling, DanglingLinks.Find(store.Nodes, 0, new ArchiveLimits().LinkSteps).Count);
    }

    [Theory]
    [InlineData("include", 2, "include/out.h -> ../a.h", true)]
    [InlineData("include/linux", 1, "include/linux/up.h -> ../b.h", true)]
    [InlineData("arch", 1, "arch/gone.h -> gone", false)]
    [InlineData("empty", 0, "", false)]
    [InlineData("", 2, "arch/gone.h -> gone", false)]
    public void Below_a_root_only_its_own_links_count_and_none_leads_out(string root, int count, string example, bool leaves)
    {
        using TestArchive archive = new TestArchive().Directory("empty").Directory("a-empty").Directory("include/a-empty")
            .File("a.h", "a").File("include/b.h", "b").Symlink("include/out.h", "../a.h").Symlink("include/linux/up.h", "../b.h")
            .Symlink("include/x/y/deep.h", "../../../nowhere").Symlink("arch/gone.h", "gone").Symlink("top.h", "include/out.h");
        using HeaderStore store = archive.Open();

        Assert.Equal(
            new DanglingLinks(count, example, leaves, IsComplete: true), DanglingLinks.Find(store.Nodes, store.Find(root), new ArchiveLimits().LinkSteps));
    }

    [Fact]
    public void An_example_is_one_printable_line()
    {
        using TestArchive archive = new TestArchive().File("a.h", "a").Symlink("b\n.h", "/\u001b[1m/" + new string('x', 300));
        using HeaderStore store = archive.Open();

        string example = DanglingLinks.Find(store.Nodes, 0, new ArchiveLimits().LinkSteps).Example;
        Assert.StartsWith("b\\x0a.h -> /\\x1b[1m/xxx", example, StringComparison.Ordinal);
        Assert.InRange(example.Length, 100, 150);
    }

    [Fact]
    public void Links_made_to_be_slow_do_not_hold_up_the_mount()
    {
        string slow = string.Concat(Enumerable.Repeat("./", 2000));
        using TestArchive archive = new TestArchive().File("a.h", "a").Symlink("l0", slow + "no.h");
        for (int i = 1; i < 4000; i++)
        {
            archive.Symlink($"l{i}", i < 40 ? $"{slow}l{i - 1}" : "l38");
        }

        using HeaderStore store = archive.Open();
        DanglingLinks links = DanglingLinks.Find(store.Nodes, 0, new ArchiveLimits().LinkSteps);
        Assert.False(links.IsComplete);
        Assert.InRange(links.Count, 15, 60); // and not 4,000
    }

    [Fact]
    public void Following_links_allocates_nothing()
    {
        using HeaderStore store = Open("to-sub/../b.h");
        int link = store.Find("include/link.h");
        int file = store.Find("include/b.h");
        var resolver = new LinkResolver(store.Nodes, 0, new ArchiveLimits().LinkSteps);
        Assert.Equal(file, resolver.Resolve(link));
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool right = true;
        for (int i = 0; i < 1000; i++)
        {
            right &= resolver.Resolve(link) == file;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(right);
    }

    private static HeaderStore Open(string target)
    {
        using TestArchive archive = new TestArchive()
            .File("include/b.h", "b").File("include/sub/c.h", "c").File("include/ü,with,commas.h", "").Directory("arch/x86")
            .Symlink("include/to-b.h", "b.h").Symlink("include/to-sub", "sub/").Symlink("include/link.h", target);
        return archive.Open();
    }
}
