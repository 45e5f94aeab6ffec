using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

/// <summary>A tar in gzip, in zstd or in nothing is read as one in .xz is; what is cut off, damaged or too large is one line.</summary>
[Trait("Takes", "long")] // make test-quick leaves it out
public sealed class WrappingTests
{
    private const string ManyMembers = "head -c 1000 tar | gzip >a; tail -c +1001 tar | gzip -1 >b; : | gzip >c; cat a c b c";
    private const string ManyFrames =
        "head -c 1000 tar | zstd -q >a; tail -c +1001 tar | zstd -q --no-check >b; : | zstd -q >c; cat a c b c";

    private static readonly Dictionary<string, byte[]> s_files = MakeFiles();

    /// <summary>Scripts that write the file "tar" to their standard output, wrapped.</summary>
    public static TheoryData<string> Wrappings { get; } =
    [
        "cat tar",
        "gzip -n <tar",
        "gzip -9 tar; cat tar.gz", // with its name
        ManyMembers,
        "gzip -1 <tar; head -c 300000 /dev/zero",
        "zstd -q <tar",
        "zstd -q -c -19 --long=27 tar", // looks back no further than there is
        "cat tar | zstd -q -1 --no-check", // does not tell its size
        ManyFrames,
        @"printf '\120\052\115\030\003\000\000\000abc'; zstd -q <tar", // a skippable frame, as pzstd makes them
    ];

    /// <summary>The words of each refusal, none of which are all in another one.</summary>
    public static TheoryData<string, string> NotRead => new()
    {
        { "bzip2 bzcat", "bzip2 <tar" },
        { "lz4 lz4cat", "lz4 -q <tar" },
        { "lz4 lz4cat", "lz4 -q -l <tar" },
        { "ELF kheaders.ko", "cat /bin/true" },
        { "boot image", "head -c 514 /dev/zero; printf HdrS; cat tar" }, // x86
        { "boot image", @"head -c 56 /dev/zero; printf 'ARM\144'; cat tar" }, // arm64
        { "boot image", @"printf 'MZ\0\0zimg'; cat tar" }, // EFI_ZBOOT
        { ".xz gzip zstd", "printf hello" },
        { ".xz gzip zstd", "head -c 20000 /dev/zero" },
        { "empty", ":" },
        { "holds no tar archive", "echo hello | gzip" },
        { "holds no tar archive", ": | zstd -q" },
        { "C headers", "head -c 10240 /dev/zero | zstd -q" },
    };

    [Theory]
    [MemberData(nameof(Wrappings))]
    public void Every_wrapping_gives_the_same_files(string script)
    {
        using HeaderStore store = TestArchive.Open(Wrap(Tar(), script));
        Assert.All(s_files, file => Assert.Equal(file.Value, store.ReadAll(file.Key)));
        Assert.Empty(TestArchive.Warnings);
    }

    [Fact]
    public void A_tar_that_does_not_say_that_it_is_one_is_known_by_its_first_header()
    {
        byte[] v7 = new RawMember { Name = "a.h", Magic = "", Type = '\0', Body = "a"u8.ToArray() }.ToBytes();
        using HeaderStore store = TestArchive.Open([.. v7, .. RawTar.End]);
        Assert.Equal("a"u8.ToArray(), store.ReadAll("a.h"));
    }

    // Only what decodes to nothing may be missing, as a whole: a member or frame at the end.
    [Theory]
    [InlineData("gzip -n <tar")]
    [InlineData(ManyMembers, ": | gzip")]
    [InlineData("zstd -q <tar")]
    [InlineData("zstd -q --no-check <tar")]
    [InlineData(ManyFrames, ": | zstd -q")]
    public void Any_truncation_is_found(string script, string spare = ":")
    {
        byte[] archive = Wrap(SmallTar(), script);
        int accepted = archive.Length - Wrap(SmallTar(), spare).Length;
        foreach (int length in Some(archive.Length).Append(accepted))
        {
            Assert.True(Outcome(archive[..length]) is null == (length != accepted), $"{length} of {archive.Length} bytes");
        }
    }

    [Fact]
    public void A_plain_tar_that_is_cut_off_is_refused_or_said_to_lack_its_end()
    {
        byte[] tar = SmallTar();
        int end = tar.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        foreach (int length in Some(end))
        {
            Assert.True(Outcome(tar[..length]) is null || TestArchive.Warnings.Count > 0, $"{length} of {tar.Length} bytes");
        }
    }

    [Theory]
    [InlineData("gzip -n <tar")]
    [InlineData(ManyMembers)]
    [InlineData("zstd -q <tar")]
    public void Any_flipped_byte_is_found_or_changes_nothing(string script)
    {
        byte[] archive = Wrap(SmallTar(), script);
        using SafeFileHandle whole = TestArchive.Build(archive);
        int refused = 0;
        int[] places = [.. Some(archive.Length)];
        foreach (int i in places)
        {
            byte[] damaged = [.. archive];
            damaged[i] ^= 0x41;
            SafeFileHandle? store = Outcome(damaged);
            refused += store is null ? 1 : 0;
            Assert.True(store is null || Bytes(store).SequenceEqual(Bytes(whole)), $"byte {i} of {archive.Length}");
        }

        Assert.True(refused > places.Length * 9 / 10, $"{refused} of {places.Length} refused"); // a header has a time that nobody checks
    }

    [Theory]
    [InlineData("gzip -n <tar; echo more")]
    [InlineData("gzip -n <tar; head -c 3000 /dev/zero; echo more")]
    [InlineData(@"gzip -n <tar; printf '\037'")]
    [InlineData("zstd -q <tar; echo more")]
    [InlineData("zstd -q <tar; head -c 3000 /dev/zero")]
    [InlineData("zstd -q <tar; gzip -n <tar")]
    public void What_follows_and_is_no_part_of_it_is_refused(string script) =>
        Message.Says(Refusal(Wrap(SmallTar(), script)), "damaged copy");

    [Theory]
    [InlineData("gzip -n <tar")]
    [InlineData("zstd -q <tar")]
    [InlineData("cat tar")]
    public void It_may_decode_to_so_much_and_not_one_byte_more(string script)
    {
        byte[] tar = SmallTar();
        byte[] archive = Wrap(tar, script);
        TestArchive.Open(archive, new ArchiveLimits { DecodedBytes = tar.Length, CompressedBytes = archive.Length }).Dispose();
        AssertRefused("-o limit_decoded=", archive, new ArchiveLimits { DecodedBytes = tar.Length - 1 });
        AssertRefused("-o limit_compressed=", archive, new ArchiveLimits { CompressedBytes = archive.Length - 1 });
    }

    [Theory]
    [InlineData("zstd -q --long=22 <tar")]
    [InlineData("cat tar | zstd -q --long=22")]
    public void A_window_beyond_the_limit_is_refused(string script)
    {
        byte[] archive = Wrap([.. Tar(), .. new byte[4 << 20]], script);
        TestArchive.Open(archive, new ArchiveLimits { DecoderMemory = 8 << 20 }).Dispose();
        AssertRefused("back 1 MiB limit_decoder=", archive, new ArchiveLimits { DecoderMemory = (2 << 20) - 1 });
        AssertRefused("limit_decoder=", archive, new ArchiveLimits { DecoderMemory = 1 << 20 });
    }

    [Theory]
    [MemberData(nameof(NotRead))]
    public void What_is_not_read_is_refused_by_its_name(string name, string script)
    {
        string refusal = Refusal(Wrap(SmallTar(), script));
        Message.Says(refusal, name);
        Assert.DoesNotContain(NotRead.Select(static row => row.Data.Item1), other => !string.Equals(other, name, StringComparison.Ordinal) && Message.Has(refusal, other));
    }

    /// <summary>Every third place below the end, from one that each run has anew.</summary>
    private static IEnumerable<int> Some(int end)
    {
        for (int place = Random.Shared.Next(3); place < end; place += 3)
        {
            yield return place;
        }
    }

    /// <summary>The store, or null for an error of one line; nothing else may happen.</summary>
    private static SafeFileHandle? Outcome(byte[] archive)
    {
        try
        {
            return TestArchive.Build(archive);
        }
        catch (ArchiveException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            return null;
        }
    }

    private static void AssertRefused(string words, byte[] archive, ArchiveLimits limits) => Message.Says(Refusal(archive, limits), words);

    private static string Refusal(byte[] archive, ArchiveLimits? limits = null)
    {
        string refusal = Assert.Throws<ArchiveException>(() => TestArchive.Open(archive, limits)).Message;
        Assert.DoesNotContain('\n', refusal);
        return refusal;
    }

    private static byte[] Wrap(byte[] tar, string script)
    {
        string directory = Directory.CreateTempSubdirectory("kheadersfs-test-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(directory, "tar"), tar);
            return ToolRun.Of("sh", ["-e", "-c", $"cd \"$1\"\n{script}", "sh", directory]);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static byte[] Bytes(SafeFileHandle store)
    {
        byte[] bytes = new byte[RandomAccess.GetLength(store)];
        Assert.Equal(bytes.Length, RandomAccess.Read(store, bytes, 0));
        return bytes;
    }

    private static Dictionary<string, byte[]> MakeFiles()
    {
        // Bytes that compress by half, so that there are blocks of every compressor's and buffers of every decoder's.
        var random = new Random(1);
        return Enumerable.Range(0, 40).ToDictionary(
            static i => $"include/f{i}.h",
            i => Enumerable.Range(0, random.Next(30_000)).Select(_ => (byte)('a' + random.Next(16))).ToArray(),
            StringComparer.Ordinal);
    }

    private static byte[] Tar()
    {
        using var archive = new TestArchive();
        foreach ((string name, byte[] body) in s_files)
        {
            archive.File(name, body);
        }

        return archive.Tar();
    }

    private static byte[] SmallTar()
    {
        using var archive = new TestArchive();
        return archive.File("include/a.h", s_files["include/f0.h"].AsSpan(0, 700).ToArray()).File("include/b.h", "b").Tar();
    }
}
