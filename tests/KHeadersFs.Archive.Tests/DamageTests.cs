using System.Buffers.Binary;
using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

/// <summary>Damaged input ends in an <see cref="ArchiveException"/> with one line, and in nothing else.</summary>
public sealed class DamageTests
{
    [Theory]
    [InlineData("-6")]
    [InlineData("--block-size=4096")]
    public void Any_single_flipped_byte_is_found(string options)
    {
        byte[] archive = Archive(options);
        for (int i = 0; i < archive.Length; i++)
        {
            byte[] damaged = [.. archive];
            damaged[i] ^= 0x41;
            AssertRefused(damaged, $"byte {i} of {archive.Length}");
        }
    }

    [Theory]
    [InlineData("-6")]
    [InlineData("--block-size=4096")]
    public void Any_truncation_is_found(string options)
    {
        byte[] archive = Archive(options);
        for (int length = 0; length < archive.Length; length++)
        {
            AssertRefused(archive[..length], $"{length} of {archive.Length} bytes");
        }
    }

    [Fact]
    public void What_is_not_an_archive_is_refused_with_the_reason()
    {
        Message.Says(Refusal([]), "empty kheaders.tar.xz");
        Message.Says(Refusal("hello, world\n"u8.ToArray()), ".xz gzip zstd");
        Message.Says(Refusal(TestArchive.Compress("no tar at all, only text, for some lines\n"u8.ToArray())), "no tar archive");
        Message.Says(Refusal(TestArchive.Compress([.. Enumerable.Repeat((byte)'x', 4096)])), "no tar archive");
        Message.Says(Refusal(TestArchive.Compress(new byte[10_240])), "C headers");
        Message.Says(Refusal(TestArchive.Compress([])), "no tar archive");
        using TestArchive other = new TestArchive().File("README", "no headers here");
        Message.Says(Refusal(other.Xz()), "C headers");
    }

    [Fact]
    public void A_tar_that_ends_within_a_member_is_refused()
    {
        using TestArchive archive = new TestArchive().File("a.h", new string('a', 5000));
        byte[] tar = archive.Tar();

        Message.Says(Refusal(TestArchive.Compress(tar[..2048])), "tar early member");
        Message.Says(Refusal(TestArchive.Compress(tar[..700])), "tar early member");
    }

    [Fact]
    public void A_tar_without_its_end_marker_is_accepted_as_tar_does()
    {
        using TestArchive archive = new TestArchive().File("a.h", new string('a', 512));
        using HeaderStore store = TestArchive.Open(TestArchive.Compress(archive.Tar()[..1024]));

        Assert.Equal(512, store.ReadAll("a.h").Length);
    }

    [Fact]
    public void A_store_with_any_flipped_byte_in_header_or_tables_is_refused()
    {
        using TestArchive archive = new TestArchive().File("include/a.h", "a").File("b.h", "b").Symlink("l", "b.h");
        byte[] store = Bytes(archive.Xz());
        for (int i = 0; i < store.Length; i++)
        {
            byte[] damaged = [.. store];
            damaged[i] ^= 0x10;
            using SafeFileHandle file = MemoryFile.Create("damaged");
            RandomAccess.Write(file, damaged, 0);
            AssertDamageShows(file, i);
        }
    }

    [Fact]
    public void A_store_of_a_machine_with_the_other_byte_order_is_refused()
    {
        using TestArchive archive = new TestArchive().File("a.h", "a");
        byte[] store = Bytes(archive.Xz());
        int[] fields = [8, 4, 4, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8, 8];
        int position = 0;
        foreach (int size in fields)
        {
            store.AsSpan(position, size).Reverse();
            position += size;
        }

        // As such a machine computes and writes it: nothing but the order is wrong.
        Assert.Equal(StoreHeader.Size, position + sizeof(ulong));
        BinaryPrimitives.WriteUInt64BigEndian(store.AsSpan(position), StoreChecksum.Continue(0, store.AsSpan(0, position)));
        Assert.True(BitConverter.IsLittleEndian);
        using SafeFileHandle file = MemoryFile.Create("foreign");
        RandomAccess.Write(file, store, 0);
        ArchiveException refused = Assert.Throws<ArchiveException>(() => HeaderStore.Open(file));
        Message.Says(refused.Message, "store version");
    }

    private static void AssertDamageShows(SafeFileHandle file, int position)
    {
        try
        {
            using HeaderStore opened = HeaderStore.Open(file);
            opened.ReadAll("include/a.h");
            opened.ReadAll("b.h");
            Assert.Fail($"byte {position} of the store may be anything");
        }
        catch (ArchiveException e)
        {
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    private static byte[] Archive(string options)
    {
        using var archive = new TestArchive();
        for (int i = 0; i < 4; i++)
        {
            archive.File($"include/f{i}.h", new string((char)('a' + i), 3000));
        }

        return archive.Xz(options);
    }

    private static byte[] Bytes(byte[] archive)
    {
        using SafeFileHandle store = TestArchive.Build(archive);
        byte[] bytes = new byte[RandomAccess.GetLength(store)];
        Assert.Equal(bytes.Length, RandomAccess.Read(store, bytes, 0));
        return bytes;
    }

    private static void AssertRefused(byte[] archive, string what)
    {
        try
        {
            TestArchive.Open(archive).Dispose();
        }
        catch (ArchiveException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return;
        }

        Assert.Fail($"accepted with {what}");
    }

    private static string Refusal(byte[] archive) =>
        Assert.Throws<ArchiveException>(() => TestArchive.Open(archive)).Message;
}
