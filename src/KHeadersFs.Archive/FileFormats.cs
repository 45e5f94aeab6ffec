namespace KHeadersFs.Archive;

/// <summary>Knows the formats that headers come in, also those that are not served, so that a message can name them.</summary>
internal static class FileFormats
{
    /// <summary>Where a tar says "ustar" (tar(5)).</summary>
    private const int TarMagicOffset = 257;

    /// <summary>The magic bytes of every .xz stream (xz file format 1.2.1, 2.1.1.1).</summary>
    internal static ReadOnlySpan<byte> XzMagic => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00];

    /// <summary>The format of a file that begins with <paramref name="start"/>: a tar is known by its first 262 bytes, others by 6.</summary>
    internal static FileFormat Of(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(XzMagic))
        {
            return FileFormat.Xz;
        }

        return start switch
        {
            [0x1F, 0x8B, ..] => FileFormat.Gzip, // RFC 1952, 2.3.1
            [0x28, 0xB5, 0x2F, 0xFD, ..] => FileFormat.Zstd, // RFC 8878, 3.1.1
            [(byte)'B', (byte)'Z', (byte)'h', ..] => FileFormat.Bzip2,
            [0x04, 0x22, 0x4D, 0x18, ..] or [0x02, 0x21, 0x4C, 0x18, ..] => FileFormat.Lz4, // lz4_Frame_format.md
            [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] => FileFormat.Elf,
            _ => start.Length > TarMagicOffset && start[TarMagicOffset..].StartsWith("ustar"u8) ? FileFormat.Tar : FileFormat.Unknown,
        };
    }

    /// <summary>Passes for an .xz file, or as many bytes of its magic as there are.</summary>
    /// <exception cref="ArchiveException">It is something else; the message names it, if it is known.</exception>
    internal static void RequireXz(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            throw new ArchiveException("is empty; give a kheaders.tar.xz");
        }

        if (start.Length < XzMagic.Length ? XzMagic.StartsWith(start) : start.StartsWith(XzMagic))
        {
            return;
        }

        throw new ArchiveException(Of(start) switch
        {
            FileFormat.Gzip => Repack("gzip", "zcat"),
            FileFormat.Zstd => Repack("zstd", "zstdcat"),
            FileFormat.Bzip2 => Repack("bzip2", "bzcat"),
            FileFormat.Lz4 => Repack("lz4", "lz4cat"),
            FileFormat.Tar => "is a tar that is not compressed, and not an .xz file; compress it (xz FILE)",
            FileFormat.Elf => "is an ELF file and not an .xz file; give the path of the kernel's module kheaders.ko itself, or a kheaders.tar.xz",
            _ => "is not an .xz file; give a kheaders.tar.xz",
        });
    }

    private static string Repack(string format, string reader) =>
        $"is compressed by {format}, and not an .xz file; pack it again ({reader} FILE | xz >kheaders.tar.xz)";
}
