using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

/// <summary>
/// A store whose checksums are right and whose tree or blocks are none, as a decoder might write it that an archive has taken over, is refused
/// before anybody can walk through it.
/// </summary>
public sealed class LyingStoreTests
{
    /// <summary>Where the arrays of FORMAT.md begin in the tables, for <see cref="Nodes"/> nodes: an odd number, so the modes are padded.</summary>
    private const int Nodes = 9;
    private const int Sizes = 0;
    private const int Positions = Sizes + (8 * Nodes);
    private const int Nanoseconds = Positions + (16 * Nodes);
    private const int Modes = Nanoseconds + (4 * Nodes);
    private const int NameStarts = Modes + (2 * (Nodes + 1));
    private const int Parents = NameStarts + (4 * (Nodes + 1));
    private const int Inodes = Parents + (4 * Nodes);
    private const int LinkCounts = Inodes + (4 * Nodes);
    private const int Text = LinkCounts + (4 * Nodes);

    /// <summary>The nodes: breadth first, and sorted by name in each directory.</summary>
    private static readonly string[] s_paths = ["", "/a", "/b", "/empty", "/link", "/a/one.h", "/a/two.h", "/b/sub", "/b/sub/x.h"];

    [Fact]
    public void The_store_that_is_changed_here_is_taken_and_laid_out_as_is_said()
    {
        byte[] store = Store();
        using HeaderStore opened = Open(store);
        Assert.Equal(s_paths, opened.Paths());
        Assert.Equal(Nodes, opened.Nodes.Count);
        Span<byte> tables = Tables(store);
        Assert.Equal("abemptylinkone.h", System.Text.Encoding.ASCII.GetString(tables[Text..(Text + 16)]));
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 2, 7], MemoryMarshal.Cast<byte, int>(tables[Parents..Inodes]).ToArray());
    }

    [Theory]
    [InlineData("is its own parent", Parents + (4 * 7), 7)]
    [InlineData("is below what is in it", Parents + (4 * 7), 8)]
    [InlineData("is of another directory", Parents + (4 * 5), 2)]
    [InlineData("has no parent at all", Parents + (4 * 5), 1000)]
    [InlineData("root has a parent", Parents, 1)]
    [InlineData("children begin before their directory", Positions + (8 * 7), 0)]
    [InlineData("children begin at their directory", Positions + (8 * 7), 7)]
    [InlineData("children begin behind all nodes", Positions + (8 * 7), 9)]
    [InlineData("children begin far away", Positions + (8 * 7) + 4, 1)]
    [InlineData("children are another's", Positions + (8 * 3), 5)]
    [InlineData("more children than there are", Sizes + (8 * 7), 2)]
    [InlineData("fewer children than there are", Sizes + (8 * 1), 1)]
    [InlineData("very many children", Sizes + (8 * 7) + 4, 1)]
    [InlineData("the root has fewer children", Sizes, 3)]
    [InlineData("the root's name is not empty", NameStarts, 1)]
    [InlineData("the root has a name", NameStarts + 4, 1)]
    [InlineData("a name that is empty", NameStarts + (4 * 2), 0)]
    [InlineData("names that descend", NameStarts + (4 * 4), 1)]
    [InlineData("a name behind the text", NameStarts + (4 * 9), 1 << 20)]
    [InlineData("a name before the text", NameStarts + (4 * 9), -5)]
    [InlineData("a name with a slash", Text + 12, '/', 1)]
    [InlineData("a name with a NUL", Text + 12, 0, 1)]
    [InlineData("a name that is .", Text, '.', 1)]
    [InlineData("names out of order", Text, 'c', 1)]
    [InlineData("names that are equal", Text + 1, 'a', 1)]
    [InlineData("a kind that is none", Modes + (2 * 5), 0x1000 | 0x124, 2)]
    [InlineData("no kind", Modes + (2 * 5), 0, 2)]
    [InlineData("a root that is a file", Modes, 0x8000 | 0x124, 2)]
    [InlineData("a directory as a file", Modes + (2 * 7), 0x8000 | 0x124, 2)]
    [InlineData("a setuid bit", Modes + (2 * 5), 0x8000 | 0x924, 2)]
    [InlineData("a second of too many nanoseconds", Nanoseconds, 1_000_000_000)]
    [InlineData("a link's target behind the text", Positions + (8 * 4), 1 << 20)]
    [InlineData("a link's target far behind the text", Positions + (8 * 4) + 4, -1)]
    [InlineData("a link's target among the names", Positions + (8 * 4), 0)]
    [InlineData("a link's target that is too long", Sizes + (8 * 4), 1 << 20)]
    [InlineData("a link's target that is empty", Sizes + (8 * 4), 0)]
    [InlineData("a file behind all blocks", Positions + (8 * 5), 1 << 20)]
    [InlineData("a file around the end of numbers", Positions + (8 * 5) + 4, -1)]
    [InlineData("a file that is too long", Sizes + (8 * 5), 1 << 20)]
    [InlineData("a file that is much too long", Sizes + (8 * 5) + 4, -1)]
    [InlineData("an inode that is no node", Inodes + (4 * 5), 1000)]
    [InlineData("an inode that is a later node", Inodes + (4 * 5), 6)]
    [InlineData("an inode that is a directory", Inodes + (4 * 5), 1)]
    [InlineData("an inode of another body", Inodes + (4 * 6), 5)]
    [InlineData("a directory with two names", Inodes + (4 * 2), 1)]
    [InlineData("a file without a name", LinkCounts + (4 * 5), 0)]
    [InlineData("a directory with another number of links", LinkCounts + (4 * 2), 2)]
    public void A_tree_that_is_none_is_refused(string what, int place, int value, int size = 4) =>
        AssertRefused(what, store => Put(Tables(store), place, value, size));

    // The arrays of the block table are at the end: body starts, starts in the file, codecs.
    [Theory]
    [InlineData("a block that begins elsewhere", -((8 * 4) + 1), 1)]
    [InlineData("blocks that hold less than is said", -((8 * 3) + 1), 1)]
    [InlineData("a block over the header", -((8 * 2) + 1), 8)]
    [InlineData("a block that ends before it begins", -(8 + 1), 8)]
    [InlineData("a block over the tables", -(8 + 1), 1 << 20)]
    [InlineData("a codec that is none", -1, 34, 1)]
    [InlineData("a hole that is stored", -1, 33, 1)]
    public void Blocks_that_are_none_are_refused(string what, int place, int value, int size = 4) =>
        AssertRefused(what, store => Put(store, store.Length + place, value, size));

    [Fact]
    public void A_header_that_does_not_fit_the_tables_is_refused()
    {
        AssertRefused("another length of all bodies", static store => Header(store).BodyLength++);
        AssertRefused("a largest block that is smaller", static store => Header(store).MaxBodyLength--);
        AssertRefused("a largest stored block that is smaller", static store => Header(store).MaxStoredLength--);
    }

    private static void AssertRefused(string what, Action<byte[]> change)
    {
        byte[] store = Store();
        change(store);
        FixChecksums(store);
        ArchiveException? refusal = null;
        try
        {
            Open(store).Dispose();
        }
        catch (ArchiveException e)
        {
            refusal = e;
        }

        Assert.True(refusal is not null, $"taken: {what}");
        Assert.StartsWith("is damaged (", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("checksum", refusal.Message, StringComparison.Ordinal);
    }

    private static byte[] Store()
    {
        using TestArchive archive = new TestArchive()
            .File("a/one.h", "1").File("a/two.h", "22").File("b/sub/x.h", "x").Directory("empty").Symlink("link", "a/one.h");
        using SafeFileHandle built = TestArchive.Build(archive.Xz());
        byte[] bytes = new byte[RandomAccess.GetLength(built)];
        Assert.Equal(bytes.Length, RandomAccess.Read(built, bytes, 0));
        return bytes;
    }

    private static HeaderStore Open(byte[] store)
    {
        SafeFileHandle file = MemoryFile.Create("lying");
        RandomAccess.Write(file, store, 0);
        try
        {
            return HeaderStore.Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ref StoreHeader Header(byte[] store) => ref MemoryMarshal.AsRef<StoreHeader>(store.AsSpan(0, StoreHeader.Size));

    private static Span<byte> Tables(byte[] store) => store.AsSpan((int)Header(store).TablesOffset);

    private static void Put(Span<byte> bytes, int place, int value, int size)
    {
        Span<byte> whole = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(whole, value);
        whole[..size].CopyTo(bytes[place..]);
    }

    private static void FixChecksums(byte[] store)
    {
        ref StoreHeader header = ref Header(store);
        header.TablesCrc = StoreChecksum.Continue(0, Tables(store));
        header.HeaderCrc = StoreChecksum.Of(header);
    }
}
