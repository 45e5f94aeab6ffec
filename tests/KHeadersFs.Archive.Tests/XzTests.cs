using System.Diagnostics;
using System.Globalization;
using System.Text;
using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

/// <summary>All that an .xz file may be, against one tree of known content.</summary>
[Trait("Takes", "long")] // make test-quick leaves it out
public sealed class XzTests
{
    private static readonly Dictionary<string, byte[]> s_files = MakeFiles();

    public static TheoryData<string> Options { get; } =
    [
        "-6", "--check=none", "--check=crc32", "--check=crc64", "--check=sha256",
        "--block-size=4096", "--block-size=65536", "--block-size=262144", "--block-size=262148",
        "--block-size=1048576", "--block-size=1049600",
        "--x86 --lzma2=preset=6", "--delta=dist=4 --lzma2=dict=64KiB", "--arm64 --lzma2=preset=1",
        "-T2 --block-size=65536", "-T2 --block-size=2MiB", "--block-size=65536 --check=none",
    ];

    [Theory]
    [MemberData(nameof(Options))]
    public void Every_kind_of_xz_gives_the_same_files(string options)
    {
        using TestArchive archive = Make();
        using HeaderStore store = archive.Open(options.Split(' '));
        AssertSame(store);
    }

    [Fact]
    public void Streams_may_follow_each_other_with_padding_between()
    {
        byte[] tar = Tar();
        int cut = (tar.Length / 3) + 1;
        byte[] archive =
        [
            .. TestArchive.Compress(tar[..cut]), .. new byte[8],
            .. TestArchive.Compress([]), .. new byte[4],
            .. TestArchive.Compress(tar[cut..], "--check=sha256", "--block-size=100000"), .. new byte[12],
        ];
        using HeaderStore store = TestArchive.Open(archive);
        AssertSame(store);
    }

    [Fact]
    public void Small_blocks_are_kept_and_large_ones_packed_again()
    {
        byte[] tar = Tar();
        using SafeFileHandle kept = TestArchive.Build(TestArchive.Compress(tar, "--block-size=65536"));
        using SafeFileHandle packed = TestArchive.Build(TestArchive.Compress(tar, "--block-size=2MiB"));

        Assert.False(StartsWithZstd(kept));
        Assert.True(StartsWithZstd(packed));

        static bool StartsWithZstd(SafeFileHandle store)
        {
            Span<byte> start = stackalloc byte[4];
            RandomAccess.Read(store, start, StoreHeader.Size);
            return start.SequenceEqual<byte>([0x28, 0xB5, 0x2F, 0xFD]); // the magic number of RFC 8878
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void A_source_may_give_few_bytes_at_a_time_and_no_seeking(int most)
    {
        using var archive = new TestArchive();
        byte[] bytes = archive.File("a.h", new string('a', 20_000)).Xz();
        string path = Path.Combine(Path.GetTempPath(), $"kheadersfs-test-{Environment.ProcessId}-{most}");
        using (Process mkfifo = Process.Start("mkfifo", path))
        {
            mkfifo.WaitForExit();
        }

        var writer = new Thread(() =>
        {
            using FileStream pipe = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            for (int i = 0; i < bytes.Length; i += most)
            {
                pipe.Write(bytes, i, Math.Min(most, bytes.Length - i));
            }
        });
        writer.Start();
        using HeaderStore store = HeaderStore.Open(TestArchive.Build(File.OpenHandle(path)));
        writer.Join();
        File.Delete(path);

        Assert.Equal(20_000, store.ReadAll("a.h").Length);
    }

    [Fact]
    public void A_dictionary_beyond_the_limit_is_refused_before_it_is_allocated()
    {
        byte[] archive = TestArchive.Compress(Tar(), "--lzma2=preset=6,dict=4MiB");
        var limits = new ArchiveLimits { DecoderMemory = 1 << 20 };

        ArchiveException refusal = Assert.Throws<ArchiveException>(() => TestArchive.Open(archive, limits));
        Message.Says(refusal.Message, "1 MiB limit_decoder=");
    }

    [Fact]
    public void A_dictionary_larger_than_its_block_costs_only_the_block()
    {
        // Declares 1 GiB; the block is 3 MB, and no distance reaches further back than that.
        byte[] archive = TestArchive.Compress(Tar(), "--lzma2=preset=0,dict=1GiB");
        using HeaderStore store = TestArchive.Open(archive);
        AssertSame(store);
    }

    [Fact]
    public void An_archive_that_decodes_to_too_much_is_refused_before_it_is_decoded()
    {
        byte[] bomb = TestArchive.Compress(new byte[4 << 20]);
        var limits = new ArchiveLimits { DecodedBytes = 1 << 20 };

        ArchiveException refusal = Assert.Throws<ArchiveException>(() => TestArchive.Open(bomb, limits));
        Message.Says(refusal.Message, "4 MiB limit_decoded=");
    }

    [Fact]
    public void An_archive_with_too_many_members_or_bytes_is_refused()
    {
        using TestArchive archive = Make();
        byte[] bytes = archive.Xz();

        Assert.Throws<ArchiveException>(() => TestArchive.Open(bytes, new ArchiveLimits { Members = 2 }));
        Assert.Throws<ArchiveException>(() => TestArchive.Open(bytes, new ArchiveLimits { CompressedBytes = 1000 }));
    }

    private static Dictionary<string, byte[]> MakeFiles()
    {
        var random = new Random(1);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (int i = 0; i < 120; i++)
        {
            int length = i < 100 ? random.Next(0, 9000) : random.Next(20_000, 100_000);
            var text = new StringBuilder();
            while (text.Length < length)
            {
                text.Append(CultureInfo.InvariantCulture, $"#define NAME_{random.Next(100_000)} 0x{random.Next():x}\n");
            }

            byte[] body = Encoding.ASCII.GetBytes(text.ToString(0, length));
            files.Add($"include/d{i % 7}/f{i}.h", body);
        }

        return files;
    }

    private static TestArchive Make()
    {
        var archive = new TestArchive();
        foreach ((string name, byte[] body) in s_files)
        {
            archive.File(name, body);
        }

        return archive;
    }

    private static byte[] Tar()
    {
        using TestArchive archive = Make();
        return archive.Tar();
    }

    private static void AssertSame(HeaderStore store)
    {
        Assert.Equal(s_files.Count + 9, store.Nodes.Count);
        Assert.All(s_files, file => Assert.Equal(file.Value, store.ReadAll(file.Key)));
    }
}
