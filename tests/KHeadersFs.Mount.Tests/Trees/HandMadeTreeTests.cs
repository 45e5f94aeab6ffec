using System.Formats.Tar;

namespace KHeadersFs.Mount.Tests;

/// <summary>Archives made for one question each, mounted and compared with what tar unpacks.</summary>
public sealed class HandMadeTreeTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public HandMadeTreeTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Of_members_with_one_name_the_last_wins()
    {
        using MountedProgram mounted = MountAndCompare(
            new HandMadeArchive().File("include/twice.h", "first, and longer").File("other.h", "x").File("include/twice.h", "last"));
        mounted.Within(() => Assert.Equal("last", File.ReadAllText(mounted.In("include/twice.h"))));
    }

    [Fact]
    public void A_file_gives_way_to_a_later_link_of_the_same_name() =>
        MountAndCompare(new HandMadeArchive().File("a.h", "x").File("b.h", "y").Link("a.h", "b.h")).Dispose();

    [Fact]
    public void A_directory_that_comes_after_its_files_keeps_them() =>
        MountAndCompare(new HandMadeArchive().File("dir/a.h", "x").Folder("dir").File("dir/b.h", "y").Folder("dir")).Dispose();

    [Fact]
    public void Hard_links_share_inode_and_link_count()
    {
        using MountedProgram mounted = MountAndCompare(
            new HandMadeArchive().File("a.h", "shared").HardLink("dir/b.h", "a.h").HardLink("c.h", "dir/b.h").File("d.h", "alone"));
        mounted.Within(() =>
        {
            TreeSnapshot tree = TreeSnapshot.Of(mounted.Root);
            Assert.Equal(3UL, tree.Entries["c.h"].Stat.st_nlink);
            Assert.Equal(tree.Entries["a.h"].Stat.st_ino, tree.Entries["c.h"].Stat.st_ino);
            Assert.Equal(1UL, tree.Entries["d.h"].Stat.st_nlink);
        });
    }

    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Names_of_255_bytes_are_served(TarEntryFormat format)
    {
        string plain = new('n', 255);
        string umlauts = new string('ü', 127) + "u";
        MountAndCompare(new HandMadeArchive(format).File($"{plain}/{plain}", "x").File($"{umlauts}/{umlauts}", "y")).Dispose();
    }

    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void A_path_of_forty_levels_is_served(TarEntryFormat format) => MountAndCompare(
        new HandMadeArchive(format).File(string.Join('/', Enumerable.Repeat("directory-of-the-path", 40)) + "/leaf.h", "x")).Dispose();

    [Fact]
    public void A_path_longer_than_the_kernels_longest_can_be_walked_if_it_is_allowed()
    {
        string path = string.Join('/', Enumerable.Repeat(new string('d', 100), 60)) + "/leaf.h";
        string archive = new HandMadeArchive().File(path, "at the bottom").Save(_scratch);
        using var mounted = MountedProgram.Detached(archive, "-o", "limit_name=8000");
        ProcessRun found = ProcessRun.Of(["find", mounted.Root, "-name", "leaf.h", "-execdir", "cat", "{}", ";"]);
        Assert.Equal("at the bottom", found.Succeeded().Output);
    }

    [Fact]
    public void Missing_parents_are_made_up_as_directories()
    {
        using MountedProgram mounted = MountAndCompare(new HandMadeArchive().File("no/one/made/this.h", "x"));
        mounted.Within(() => Assert.Equal(0x1EDU, TreeSnapshot.Of(mounted.Root).Entries["no/one"].Permissions));
    }

    [Fact]
    public void Empty_files_and_directories_and_dangling_links_are_served() => MountAndCompare(
        new HandMadeArchive().File("empty.h", "").Folder("empty").Link("dangling.h", "no/where.h").Link("absolute.h", "/none")).Dispose();

    [Theory]
    [InlineData("-C", "none")]
    [InlineData("-C", "sha256")]
    [InlineData("--block-size", "4096")]
    public void However_xz_wrote_it_the_tree_is_the_same(params string[] xzOptions)
    {
        var archive = new HandMadeArchive().File("a.h", new string('a', 100_000)).File("b.h", "b").Folder("dir");
        MountAndCompare(archive, xzOptions).Dispose();
    }

    [Theory]
    [InlineData(TarEntryType.Fifo, "special-pipe")]
    [InlineData(TarEntryType.CharacterDevice, "special-device")]
    public void A_special_file_is_left_out_with_a_warning(TarEntryType type, string name)
    {
        string archive = new HandMadeArchive().Special(type, $"dir/{name}").File("dir/a.h", "x").Save(_scratch);
        using var mounted = MountedProgram.Foreground(archive);
        mounted.Within(() => Assert.Equal([mounted.In("dir/a.h")], Directory.GetFileSystemEntries(mounted.In("dir"))));
        Assert.Single(mounted.Log.Lines, line => line.Contains(name, StringComparison.Ordinal));
    }

    private MountedProgram MountAndCompare(HandMadeArchive archive, params string[] xzOptions)
    {
        string path = archive.Save(_scratch, xzOptions);
        var mounted = MountedProgram.Detached(path);
        try
        {
            mounted.Within(() => TreeComparison.AssertEqual(ReferenceTree.Of(path), TreeSnapshot.Of(mounted.Root)));
            return mounted;
        }
        catch
        {
            mounted.Dispose();
            throw;
        }
    }
}
