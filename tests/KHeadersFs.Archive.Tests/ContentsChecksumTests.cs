using System.Diagnostics;
using System.Formats.Tar;
using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Tests;

/// <summary>The checksum of a store's contents: another for anything that is served otherwise, the same however it is packed.</summary>
public class ContentsChecksumTests
{
    private static readonly ulong s_plain = ChecksumOf(Sample());

    [Fact]
    public void It_is_the_same_whatever_the_compression_and_the_blocks()
    {
        byte[] tar = Sample().Tar();
        Assert.Equal(s_plain, ChecksumOf(TestArchive.Compress(tar, "--block-size=4KiB", "-T1"))); // blocks that are kept as they are
        Assert.Equal(s_plain, ChecksumOf(TestArchive.Compress(tar, "-9", "--check=crc32")));
        Assert.Equal(s_plain, ChecksumOf(tar));
    }

    [Fact]
    public void It_is_the_same_whatever_the_form_and_the_order_of_members()
    {
        Assert.Equal(s_plain, ChecksumOf(Sample(TarEntryFormat.Pax)));
        Assert.Equal(s_plain, ChecksumOf(Sample(TarEntryFormat.Ustar)));
        var other = new TestArchive();
        other.Symlink("include/link.h", "b.h").File("include/b.h", Body('b')).File("include/run.h", "x", 0x1ED);
        other.File("include/a.h", Body('a')).HardLink("include/same.h", "include/a.h").Directory("include");
        Assert.Equal(s_plain, ChecksumOf(other));
    }

    [Fact]
    public void What_was_replaced_within_the_archive_makes_no_difference()
    {
        using var archive = new TestArchive();
        archive.File("include/a.h", "an earlier one");
        Assert.Equal(s_plain, ChecksumOf(Fill(archive)));
    }

    [Theory]
    [InlineData("a byte in the middle")]
    [InlineData("two bodies exchanged")]
    [InlineData("a name")]
    [InlineData("a target")]
    [InlineData("a mode")]
    [InlineData("no hard link, but a file of the same contents")]
    [InlineData("an empty file more")]
    public void It_differs_for(string what)
    {
        char[] middle = Body('a').ToCharArray();
        middle[middle.Length / 2] = 'c';
        var archive = new TestArchive();
        archive.Directory("include");
        archive.File("include/a.h", what is "a byte in the middle" ? new string(middle) : Body(what is "two bodies exchanged" ? 'b' : 'a'));
        archive.File(what is "a name" ? "include/c.h" : "include/b.h", Body(what is "two bodies exchanged" ? 'a' : 'b'));
        _ = what is "no hard link, but a file of the same contents" ? archive.File("include/same.h", Body('a')) : archive.HardLink("include/same.h", "include/a.h");
        archive.Symlink("include/link.h", what is "a target" ? "a.h" : "b.h");
        archive.File("include/run.h", "x", what is "a mode" ? 0x1A4 : 0x1ED);
        _ = what is "an empty file more" ? archive.File("include/empty.h", "") : archive;
        Assert.NotEqual(s_plain, ChecksumOf(archive));
    }

    [Fact]
    public void Holes_count()
    {
        ulong before = OfSparse("truncate -s 1M s.h && printf x | dd of=s.h bs=1 seek=300000 conv=notrunc status=none");
        ulong after = OfSparse("truncate -s 1M s.h && printf x | dd of=s.h bs=1 seek=700000 conv=notrunc status=none");
        Assert.NotEqual(before, after);
        Assert.Equal(before, OfSparse("truncate -s 1M s.h && printf x | dd of=s.h bs=1 seek=300000 conv=notrunc status=none"));
    }

    private static string Body(char letter) => new(letter, 40_000);

    private static TestArchive Sample(TarEntryFormat format = TarEntryFormat.Gnu) => Fill(new TestArchive(format));

    private static TestArchive Fill(TestArchive archive) => archive.Directory("include").File("include/a.h", Body('a')).File("include/b.h", Body('b'))
        .HardLink("include/same.h", "include/a.h").Symlink("include/link.h", "b.h").File("include/run.h", "x", 0x1ED);

    private static ulong ChecksumOf(TestArchive archive)
    {
        using (archive)
        {
            return ChecksumOf(archive.Xz());
        }
    }

    private static ulong ChecksumOf(byte[] archive)
    {
        using HeaderStore store = TestArchive.Open(archive);
        return store.ContentsChecksum;
    }

    /// <summary>Of an archive with a sparse file, which a script makes.</summary>
    private static ulong OfSparse(string script)
    {
        string directory = Directory.CreateTempSubdirectory("sparse").FullName;
        try
        {
            using Process shell = Process.Start("sh", ["-ec", $"cd \"$0\"; {script}; touch -d @1600000000 s.h; tar --sparse --owner=0 --group=0 -cf t.tar s.h", directory]);
            shell.WaitForExit();
            Assert.Equal(0, shell.ExitCode);
            return ChecksumOf(File.ReadAllBytes(Path.Combine(directory, "t.tar")));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
