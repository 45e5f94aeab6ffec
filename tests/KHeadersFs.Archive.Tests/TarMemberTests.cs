using System.Formats.Tar;
using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Archive.Tests;

public sealed class TarMemberTests
{
    public static TheoryData<TarEntryFormat> Formats { get; } =
        [TarEntryFormat.V7, TarEntryFormat.Ustar, TarEntryFormat.Pax, TarEntryFormat.Gnu];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_tar_format_gives_the_same_tree(TarEntryFormat format)
    {
        using TestArchive archive = new TestArchive(format)
            .Directory("./").Directory("./include/").File("./include/a.h", "a").File("./include/empty.h", "");
        using HeaderStore store = archive.Open();

        Assert.Equal(["", "/include", "/include/a.h", "/include/empty.h"], store.Paths());
        Assert.Equal("a", store.ReadText("include/a.h"));
        Assert.Empty(store.ReadAll("include/empty.h"));
        Assert.Equal(TestArchive.Time.ToUnixTimeSeconds(), store.Nodes.ModifiedSeconds(store.Find("include/a.h")));
    }

    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Long_names_and_targets_are_whole(TarEntryFormat format)
    {
        string name = new('n', 255);
        string deep = string.Join('/', Enumerable.Range(0, 60).Select(static i => $"directory-{i}"));
        string target = string.Join('/', Enumerable.Repeat("target", 60));
        using TestArchive archive = new TestArchive(format)
            .File($"./{name}", "long").File($"./{deep}/x.h", "deep").Symlink("./link", target);
        using HeaderStore store = archive.Open();

        Assert.Equal("long", store.ReadText(name));
        Assert.Equal("deep", store.ReadText($"{deep}/x.h"));
        Assert.Equal(target, Encoding.UTF8.GetString(store.Nodes.Target(store.Find("link"))));
        Assert.Empty(TestArchive.Warnings);
    }

    [Fact]
    public void A_name_of_more_than_255_bytes_is_left_out_with_a_warning()
    {
        // 128 letters, 256 bytes.
        using TestArchive archive = new TestArchive().File(new string('ü', 128), "x").File("a.h", "a");
        using HeaderStore store = archive.Open();

        Assert.Equal(["", "/a.h"], store.Paths());
        Message.Says(Assert.Single(TestArchive.Warnings), "name 255 bytes");
    }

    [Fact]
    public void A_missing_parent_is_made_up_and_a_later_member_gives_it_its_attributes()
    {
        using var archive = new TestArchive();
        archive.File("a/b/c.h", "c");
        archive.Entry(new GnuTarEntry(TarEntryType.Directory, "a/b") { Mode = (UnixFileMode)0x1C0, ModificationTime = TestArchive.Time.AddSeconds(5) });
        using HeaderStore store = archive.Open();

        Assert.Equal(["", "/a", "/a/b", "/a/b/c.h"], store.Paths());
        Assert.Equal(0x41EDu, store.Nodes.Mode(store.Find("a")));
        Assert.Equal(0x41EDu, store.Nodes.Mode(store.Find("a/b")));
        Assert.Equal(TestArchive.Time.ToUnixTimeSeconds() + 5, store.Nodes.ModifiedSeconds(store.Find("a/b")));
        Assert.Equal("c", store.ReadText("a/b/c.h"));
    }

    [Fact]
    public void The_last_of_two_members_of_one_name_wins()
    {
        using TestArchive archive = new TestArchive()
            .File("a.h", "first").HardLink("kept.h", "a.h").File("a.h", "second").File("d", "file").Directory("d").File("d/x.h", "x");
        using HeaderStore store = archive.Open();

        Assert.Equal("second", store.ReadText("a.h"));
        Assert.Equal("first", store.ReadText("kept.h"));
        Assert.Equal("x", store.ReadText("d/x.h"));
        Assert.Equal(1u, store.Nodes.LinkCount(store.Find("a.h")));
    }

    [Fact]
    public void Hard_links_share_inode_and_count()
    {
        using TestArchive archive = new TestArchive().File("z/a.h", "body").HardLink("b.h", "./z/a.h").HardLink("c.h", "b.h");
        using HeaderStore store = archive.Open();
        NodeTable nodes = store.Nodes;

        int[] names = [store.Find("z/a.h"), store.Find("b.h"), store.Find("c.h")];
        Assert.Single(names.Select(nodes.Inode).Distinct());
        Assert.All(names, n => Assert.Equal(3u, nodes.LinkCount(n)));
        Assert.Equal("body", store.ReadText("c.h"));
        Assert.Equal(4, store.FileBytes);
    }

    [Fact]
    public void A_hard_link_to_nothing_is_left_out_with_a_warning()
    {
        using TestArchive archive = new TestArchive().HardLink("b.h", "later.h").File("later.h", "x");
        using HeaderStore store = archive.Open();

        Assert.Equal(["", "/later.h"], store.Paths());
        Assert.Contains("\"later.h\"", Assert.Single(TestArchive.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_counts_its_subdirectories_as_links()
    {
        using TestArchive archive = new TestArchive().Directory("a").Directory("a/x").Directory("a/y").File("a/z.h", "z");
        using HeaderStore store = archive.Open();

        Assert.Equal(3u, store.Nodes.LinkCount(0));
        Assert.Equal(4u, store.Nodes.LinkCount(store.Find("a")));
        Assert.Equal(2u, store.Nodes.LinkCount(store.Find("a/x")));
    }

    [Theory]
    [InlineData(0x180, 0x8124)] // 0600 -> 0444
    [InlineData(0x1A0, 0x8124)] // 0640 -> 0444
    [InlineData(0x1C0, 0x816D)] // 0700 -> 0555
    [InlineData(0x9FF, 0x816D)] // 04777 -> 0555: no set-user-id
    [InlineData(0x000, 0x8124)]
    public void Modes_are_readable_by_all_and_writable_by_none(int mode, uint served)
    {
        using TestArchive archive = new TestArchive().File("a.h", "a", mode);
        using HeaderStore store = archive.Open();

        Assert.Equal(served, store.Nodes.Mode(store.Find("a.h")));
    }

    [Theory]
    [InlineData(0x140)] // 0500
    [InlineData(0x1FF)] // 0777
    public void A_directory_is_0755(int mode)
    {
        using TestArchive archive = new TestArchive().Directory("a", mode).File("a/b.h", "b");
        using HeaderStore store = archive.Open();

        Assert.Equal(0x41EDu, store.Nodes.Mode(store.Find("a")));
    }

    [Fact]
    public void A_symlink_is_0777_and_may_dangle()
    {
        using TestArchive archive = new TestArchive().File("a.h", "a").Symlink("l", "../no/where,with,commas");
        using HeaderStore store = archive.Open();

        int link = store.Find("l");
        Assert.Equal(0xA1FFu, store.Nodes.Mode(link));
        Assert.Equal("../no/where,with,commas"u8, store.Nodes.Target(link));
        Assert.Equal(23ul, store.Nodes.Size(link));
    }

    [Theory]
    [InlineData(TarEntryType.Fifo)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.BlockDevice)]
    public void Special_files_are_left_out_with_a_warning(TarEntryType type)
    {
        using TestArchive archive = new TestArchive().Special("dev", type).File("a.h", "a");
        using HeaderStore store = archive.Open();

        Assert.Equal(["", "/a.h"], store.Paths());
        Assert.Contains("special", Assert.Single(TestArchive.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../a.h")]
    [InlineData("x/../../a.h")]
    [InlineData("/etc/a.h")]
    public void A_name_that_leads_out_of_the_tree_is_refused_by_name(string name)
    {
        using TestArchive archive = new TestArchive().File("ok.h", "ok").File(name, "a");

        ArchiveException refusal = Assert.Throws<ArchiveException>(() => archive.Open());
        Assert.Contains($"\"{name}\"", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_below_a_file_is_left_out_with_a_warning()
    {
        using TestArchive archive = new TestArchive().File("a.h", "a").File("a.h/b.h", "b").Symlink("l", ".").File("l/c.h", "c");
        using HeaderStore store = archive.Open();

        Assert.Equal(["", "/a.h", "/l"], store.Paths());
        Assert.Equal(2, TestArchive.Warnings.Count);
    }

    [Fact]
    public void Names_are_sorted_by_their_bytes_in_any_script()
    {
        string[] names = ["a.h", "a-b.h", "Z.h", "ä.h", "\uFFEE.h", "\U0001F427.h"];
        var archive = new TestArchive();
        using (archive)
        {
            foreach (string name in names.Reverse())
            {
                archive.File(name, name);
            }

            using HeaderStore store = archive.Open();
            Assert.All(names, n => Assert.Equal(n, store.ReadText(n)));
            Assert.Equal(-1, store.Find("b.h"));
        }
    }
}
