using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Decoding;

/// <summary>Knows the formats that headers come in, also those that are not served, so that a message can name them.</summary>
internal static class FileFormats
{
    /// <summary>A file is known by so many of its first bytes; most are by fewer.</summary>
    internal const int StartSize = 1024;

    /// <summary>Where a tar says "ustar" (tar(5)); one of V7 does not.</summary>
    private const int TarMagicOffset = 257;

    /// <summary>Where a kernel for x86 says "HdrS" (Documentation/arch/x86/boot.rst).</summary>
    private const int X86MagicOffset = 0x202;

    /// <summary>Where one for arm64 says "ARM" and 0x64 (Documentation/arch/arm64/booting.rst).</summary>
    private const int Arm64MagicOffset = 56;

    /// <summary>Where one that unpacks itself as an EFI program says "zimg" (drivers/firmware/efi/libstub/zboot-header.S).</summary>
    private const int EfiMagicOffset = 4;

    /// <summary>The magic bytes of every .xz stream (xz file format 1.2.1, 2.1.1.1).</summary>
    internal static ReadOnlySpan<byte> XzMagic => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00];

    /// <summary>The format of a file that begins with <paramref name="start"/>, of which <see cref="StartSize"/> bytes are enough.</summary>
    internal static FileFormat Of(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(XzMagic))
        {
            return FileFormat.Xz;
        }

        return start switch
        {
            [] => FileFormat.Empty,
            [0x1F, 0x8B, ..] => FileFormat.Gzip, // RFC 1952, 2.3.1
            [0x28, 0xB5, 0x2F, 0xFD, ..] or [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => FileFormat.Zstd, // RFC 8878, 3.1.1 and 3.1.2
            [(byte)'B', (byte)'Z', (byte)'h', ..] => FileFormat.Bzip2,
            [0x04, 0x22, 0x4D, 0x18, ..] or [0x02, 0x21, 0x4C, 0x18, ..] => FileFormat.Lz4, // lz4_Frame_format.md
            [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] => FileFormat.Elf,
            _ when IsTar(start) => FileFormat.Tar,
            _ when IsKernelImage(start) => FileFormat.KernelImage,
            _ => FileFormat.Unknown,
        };
    }

    /// <summary>Why a file that is to be an archive is refused, by its name if it is known.</summary>
    internal static ArchiveException Refusal(FileFormat format) => new(format switch
    {
        FileFormat.Empty => "is empty; give a kheaders.tar.xz",
        FileFormat.Bzip2 => Unread("bzip2", "bzcat"),
        FileFormat.Lz4 => Unread("lz4", "lz4cat"),
        FileFormat.Elf => "is an ELF file and no archive; give the path of the kernel's module kheaders.ko itself, or a kheaders.tar.xz",
        FileFormat.KernelImage => "is a kernel's boot image, of which nothing is taken out; unpack it (the kernel's scripts/extract-vmlinux FILE >vmlinux) "
            + "and give that, or give the kernel's module kheaders.ko",
        _ => "is not an .xz file, and no tar in gzip, zstd or nothing either; give a kheaders.tar.xz",
    });

    private static string Unread(string format, string reader) =>
        $"is compressed by {format}, which is not read here; let its own program do so ({reader} FILE | kheadersfs - DIR)";

    private static bool IsTar(ReadOnlySpan<byte> start) => Has(start, TarMagicOffset, "ustar"u8)
        || (start.Length >= TarHeader.BlockSize && new TarHeader(start[..TarHeader.BlockSize]).ChecksumMatches());

    private static bool IsKernelImage(ReadOnlySpan<byte> start) => Has(start, X86MagicOffset, "HdrS"u8)
        || Has(start, Arm64MagicOffset, "ARM\x64"u8)
        || (Has(start, 0, "MZ"u8) && Has(start, EfiMagicOffset, "zimg"u8));

    private static bool Has(ReadOnlySpan<byte> start, int offset, ReadOnlySpan<byte> magic) =>
        start.Length >= offset && start[offset..].StartsWith(magic);
}
