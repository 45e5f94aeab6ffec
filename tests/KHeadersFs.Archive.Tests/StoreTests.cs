using KHeadersFs.Archive.Interop;
using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

public sealed class StoreTests
{
    [Fact]
    public void Reads_at_any_offset_and_length_give_the_bytes_of_the_file()
    {
        byte[] body = new byte[200_000];
        new Random(2).NextBytes(body);
        using TestArchive archive = new TestArchive().File("small.h", "before").File("big.h", body).File("after.h", "after");
        using HeaderStore store = archive.Open("--block-size=2MiB", "-0");
        int node = store.Find("big.h");
        var random = new Random(3);
        byte[] buffer = new byte[131_072];
        for (int i = 0; i < 500; i++)
        {
            int offset = random.Next(body.Length + 10_000);
            int length = random.Next(buffer.Length);
            int expected = Math.Clamp(body.Length - offset, 0, length);
            Assert.Equal(expected, store.Read(node, (ulong)offset, buffer.AsSpan(0, length)));
            Assert.True(buffer.AsSpan(0, expected).SequenceEqual(body.AsSpan(Math.Min(offset, body.Length), expected)));
        }

        Assert.Equal(0, store.Read(node, ulong.MaxValue, buffer));
    }

    [Fact]
    public void A_file_of_up_to_64_KiB_is_decoded_once()
    {
        using var archive = new TestArchive();
        for (int i = 0; i < 40; i++)
        {
            archive.File($"f{i:D2}.h", new string((char)('a' + (i % 26)), 1500 * i));
        }

        // One block of more than 256 KiB, or the archive's own blocks would be kept.
        archive.File("large.h", new string('z', 2 << 20));
        using HeaderStore store = archive.Open();
        byte[] buffer = new byte[131_072];
        for (int i = 1; i < 40; i++)
        {
            long before = store.BlocksDecoded;
            Assert.Equal(1500 * i, store.Read(store.Find($"f{i:D2}.h"), 0, buffer));
            Assert.InRange(store.BlocksDecoded - before, 0, 1);
        }
    }

    [Theory]
    [InlineData("-0")]
    [InlineData("--block-size=65536")]
    public void Lookups_and_reads_allocate_nothing(string options)
    {
        using TestArchive archive = new TestArchive()
            .File("include/a.h", new string('a', 10_000)).File("include/b.h", new string('b', 2 << 20));
        using HeaderStore store = archive.Open(options);
        byte[] buffer = new byte[131_072];
        bool found = false;
        Read(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Read(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.False(found);

        void Read(int times)
        {
            for (int i = 0; i < times; i++)
            {
                int directory = store.Nodes.Lookup(0, "include"u8);
                found |= store.Nodes.Lookup(directory, "c.h"u8) >= 0;
                int a = store.Nodes.Lookup(directory, "a.h"u8);
                int b = store.Nodes.Lookup(directory, "b.h"u8);
                store.Expect(a);
                store.Read(a, 0, buffer);
                store.Read(b, (ulong)(i * 100), buffer.AsSpan(0, 4096));
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(64 << 10)] // a block of its own, otherwise decoded past the slots
    public void An_expected_file_is_decoded_before_it_is_read(int size)
    {
        using TestArchive archive = new TestArchive()
            .File("a.h", new string('a', size)).File("large.h", new string('z', 2 << 20));
        using HeaderStore store = archive.Open("-0");
        int file = store.Find("a.h");
        store.Expect(file);
        Assert.Equal(1, store.BlocksDecoded);
        byte[] buffer = new byte[131_072];
        Assert.Equal(size, store.Read(file, 0, buffer));
        Assert.Equal(-1, buffer.AsSpan(0, size).IndexOfAnyExcept((byte)'a'));
        Assert.Equal(1, store.BlocksDecoded);
    }

    /// <summary>An archive's own blocks, which are kept up to 256 KiB, take long; those that are packed do not.</summary>
    [Theory]
    [InlineData("--block-size=256KiB", 0)]
    [InlineData("--block-size=260KiB", 1)]
    public void A_block_that_takes_long_is_not_decoded_before_it_is_read(string options, int decoded)
    {
        using TestArchive archive = new TestArchive().File("a.h", new string('a', 1 << 20));
        using HeaderStore store = archive.Open(options);
        store.Expect(store.Find("a.h"));
        Assert.Equal(decoded, store.BlocksDecoded);
    }

    [Fact]
    public void Many_readers_get_the_same_bytes_from_few_slots()
    {
        using var archive = new TestArchive();
        for (int i = 0; i < 64; i++)
        {
            archive.File($"f{i}.h", new string((char)('0' + i), 12_000));
        }

        archive.File("large.h", new string('z', 2 << 20));
        using HeaderStore store = HeaderStore.Open(TestArchive.Build(archive.Xz("-0")), cacheBlocks: 2);
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(seed => new Thread(() =>
        {
            var random = new Random(seed);
            byte[] buffer = new byte[5000];
            for (int k = 0; k < 2000; k++)
            {
                int i = random.Next(64);
                store.Expect(store.Find($"f{random.Next(64)}.h"));
                int read = store.Read(store.Find($"f{i}.h"), (ulong)random.Next(7000), buffer);
                if (read != 5000 || buffer.AsSpan().IndexOfAnyExcept((byte)('0' + i)) >= 0)
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        }))];
        Array.ForEach(threads, static t => t.Start());
        Array.ForEach(threads, static t => t.Join());

        Assert.Equal(0, wrong);
    }

    [Fact]
    public void The_file_of_a_store_is_sealed()
    {
        using TestArchive archive = new TestArchive().File("a.h", "a");
        using SafeFileHandle store = TestArchive.Build(archive.Xz());

        Assert.ThrowsAny<Exception>(() => RandomAccess.Write(store, "x"u8, 0));
        const int getSeals = 1034;
        Assert.Equal(LibC.AllSeals, LibC.Control(store, getSeals, 0));
    }

    [Fact]
    public void A_store_of_another_version_or_byte_order_is_refused()
    {
        using SafeFileHandle file = MemoryFile.Create("other");
        RandomAccess.Write(file, new byte[4096], 0);

        ArchiveException refusal = Assert.Throws<ArchiveException>(() => HeaderStore.Open(file));
        Message.Says(refusal.Message, "store version");
    }
}
