using System.Buffers.Binary;
using System.Text;

namespace KHeadersFs.Archive.Tests;

/// <summary>The archive comes out of a module's file as it went in, whatever was done to the module; any other bytes are one line.</summary>
public sealed class ModuleFileTests
{
    private const string Strip = "as -o full.o module.s; objcopy --strip-all full.o module.ko";

    /// <summary>After each change of a byte: so many values in its place.</summary>
    private static readonly byte[] s_flips = [0x01, 0x80, 0xFF];

    private static readonly byte[] s_archive = MakeArchive();
    private static readonly byte[] s_module = TestModule.Make(s_archive);

    [Theory]
    [InlineData("as -o module.ko module.s")]
    [InlineData(Strip)]
    [InlineData("as --32 -o module.ko module.s")]
    [InlineData("as -o full.o module.s; ld -e 0 -o module.ko full.o")] // linked to an address, as vmlinux is
    [InlineData("as -o full.o module.s; objcopy --strip-all full.o module.ko; printf '~Module signature appended~\\n' >>module.ko")]
    public void It_is_found(string script) => Assert.Equal(s_archive, TestModule.Archive(TestModule.Make(s_archive, script)));

    [Theory]
    [InlineData("xz --check=crc32 --lzma2=dict=1MiB")] // scripts/Makefile.modinst
    [InlineData("xz --block-size=4096")]
    [InlineData("gzip -n")]
    [InlineData("zstd -q")]
    [InlineData("zstd -q -19 --no-check")]
    [InlineData("sh -c 'head -c 5000 | zstd -q; tail -c +5001 \"$0\" | zstd -q' module")] // frames that do not tell their size
    public void It_is_found_in_a_module_that_is_compressed(string compressor)
    {
        foreach (string script in (string[])["as -o module module.s", Strip.Replace("module.ko", "module", StringComparison.Ordinal)])
        {
            Assert.Equal(s_archive, TestModule.Archive(TestModule.Make(s_archive, $"{script}; {compressor} <module >module.ko")));
        }
    }

    [Fact]
    public void A_module_without_symbols_may_have_an_archive_of_several_streams()
    {
        byte[] archive = [.. s_archive, .. new byte[8], .. TestArchive.Compress([]), .. TestArchive.Compress(new byte[512], "--check=sha256")];
        Assert.Equal(archive, TestModule.Archive(TestModule.Make(archive, Strip)));
    }

    [Fact]
    public void A_big_endian_module_is_searched()
    {
        byte[] module = [.. s_module];
        module[5] = 2; // ELFDATA2MSB
        Assert.Equal(s_archive, TestModule.Archive(module));
    }

    // Whatever the tables of the file say, what comes out is an archive or an error of one line: the archive itself is checked later.
    [Fact]
    public void Any_changed_byte_of_the_file_but_the_archive_gives_the_archive_or_one_line()
    {
        int start = s_module.AsSpan().IndexOf(s_archive);
        int same = 0;
        for (int i = 0; i < s_module.Length; i++)
        {
            if (i == start)
            {
                i += s_archive.Length;
            }

            foreach (byte flip in s_flips)
            {
                byte[] changed = [.. s_module];
                changed[i] ^= flip;
                same += Outcome(changed) is { } archive && archive.AsSpan().SequenceEqual(s_archive) ? 1 : 0;
            }
        }

        // Most fields do not matter, and without its symbols the archive is still known by its own bytes.
        Assert.True(same > (s_module.Length - s_archive.Length) * s_flips.Length * 3 / 4, $"{same} gave the archive");
    }

    [Fact]
    public void Numbers_of_every_size_in_the_tables_do_no_harm()
    {
        ulong[] values = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, long.MaxValue, 1UL << 63, ulong.MaxValue, (ulong)s_module.Length, (ulong)s_module.Length - 1];
        int tables = (int)BinaryPrimitives.ReadUInt64LittleEndian(s_module.AsSpan(0x28));
        foreach (int i in Enumerable.Range(0, 64).Concat(Enumerable.Range(tables, s_module.Length - tables)))
        {
            foreach (ulong value in values)
            {
                byte[] number = BitConverter.GetBytes(value);
                byte[] changed = [.. s_module];
                number.AsSpan(0, Math.Min(8, changed.Length - i)).CopyTo(changed.AsSpan(i));
                _ = Outcome(changed);
            }
        }
    }

    [Fact]
    public void A_truncated_module_gives_no_archive_that_is_cut_off()
    {
        for (int length = 0; length < s_module.Length; length += 7)
        {
            Assert.True(Outcome(s_module[..length]) is not { } archive || archive.AsSpan().SequenceEqual(s_archive), $"{length} bytes");
        }
    }

    [Theory]
    [InlineData("xz")]
    [InlineData("zstd -q")]
    [InlineData("gzip -n")]
    public void A_compressed_module_that_is_damaged_or_cut_off_gives_the_archive_or_one_line(string compressor)
    {
        byte[] file = TestModule.Make(s_archive, $"as -o module module.s; {compressor} <module >module.ko");
        for (int i = 1; i < file.Length; i += 13)
        {
            byte[] changed = [.. file];
            changed[i] ^= 0x41;
            _ = Outcome(changed);
            _ = Outcome(file[..i]);
        }
    }

    [Fact]
    public void What_is_no_module_with_headers_is_refused_with_the_reason()
    {
        Message.Says(Refusal([]), "empty");
        Message.Says(Refusal("hello, world\n"u8.ToArray()), "ELF kheaders.ko");
        Message.Says(Refusal(s_archive), "ELF kheaders.ko");
        Message.Says(Refusal(TestModule.Make("no archive"u8.ToArray(), Strip)), "headers archive kheaders.ko");
        Message.Says(Refusal(TestModule.Make("no archive"u8.ToArray())), "headers .xz package");
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("xz")]
    [InlineData("zstd -q")]
    [InlineData("gzip -n")]
    public void A_module_that_is_or_decodes_to_too_much_is_refused(string compressor)
    {
        byte[] file = TestModule.Make(s_archive, $"as -o module module.s; head -c 3M /dev/zero >>module; {compressor} <module >module.ko");
        var limits = new ArchiveLimits { CompressedBytes = 2 << 20 };
        string refusal = Assert.Throws<ArchiveException>(() => TestModule.Archive(file, limits)).Message;
        Message.Says(refusal, "2 MiB limit_compressed=");
        Assert.Contains("-o limit_compressed=", refusal, StringComparison.Ordinal);
        Assert.Equal(s_archive, TestModule.Archive(file, new ArchiveLimits { CompressedBytes = 4 << 20 }));
    }

    [Theory]
    [InlineData("xz --lzma2=dict=4MiB")]
    [InlineData("zstd -q --long=22 --no-content-size")]
    public void A_decoder_beyond_the_limit_is_refused(string compressor)
    {
        byte[] file = TestModule.Make(s_archive, $"as -o module module.s; head -c 3M /dev/zero >>module; cat module | {compressor} >module.ko");
        string refusal = Assert.Throws<ArchiveException>(() => TestModule.Archive(file, new ArchiveLimits { DecoderMemory = 1 << 20 })).Message;
        Assert.Contains("-o limit_decoder=", refusal, StringComparison.Ordinal);
    }

    /// <summary>What comes out, or null for an error of one line; nothing else may happen.</summary>
    private static byte[]? Outcome(byte[] module)
    {
        try
        {
            return TestModule.Archive(module);
        }
        catch (ArchiveException e)
        {
            Assert.DoesNotContain('\n', e.Message);
            Assert.Contains("; ", e.Message, StringComparison.Ordinal);
            return null;
        }
    }

    private static string Refusal(byte[] module) => Assert.Throws<ArchiveException>(() => TestModule.Archive(module)).Message;

    private static byte[] MakeArchive()
    {
        // Numbers that do not compress, so that it spans more than one block of each compressor's.
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < 8_000)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"#define NAME_{random.Next()} 0x{random.Next():x}\n");
        }

        using var archive = new TestArchive();
        return archive.File("include/linux/kconfig.h", text.ToString()).Xz();
    }
}
