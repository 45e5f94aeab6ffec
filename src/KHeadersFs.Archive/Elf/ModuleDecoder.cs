using System.IO.Compression;
using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Archive.Elf;

/// <summary>Decodes a kernel module's file, whole, in the formats in which modules are installed (CONFIG_MODULE_COMPRESS).</summary>
internal static unsafe class ModuleDecoder
{
    /// <summary>Memory is asked for in doubling steps from here, in bytes; only what is written to is used.</summary>
    private const int FirstCapacity = 8 << 20;

    /// <summary>Bytes that are decoded at once.</summary>
    private const int ChunkSize = 128 << 10;

    private delegate int Reader(Span<byte> output);

    /// <summary>
    /// What <paramref name="file"/> decodes to. Its own memory is given back as it is read, so both together take no more than the larger
    /// of the two, and some.
    /// </summary>
    /// <exception cref="ArchiveException">It is damaged, too large, or in another format.</exception>
    internal static ArchiveSpool Decode(ArchiveSpool file, FileFormat format, ArchiveLimits limits)
    {
        switch (format)
        {
            case FileFormat.Xz:
                using (var xz = new XzStream(file, XzIndex.Read(file, limits), limits.DecoderMemory))
                {
                    return Collect(xz.Read, limits);
                }

            case FileFormat.Zstd:
                using (var zstd = new ZstdDecoder(file, limits.DecoderMemory))
                {
                    return Collect(
                        output =>
                        {
                            file.Discard(0, zstd.Consumed);
                            return zstd.Read(output);
                        },
                        limits);
                }

            case FileFormat.Gzip:
                return DecodeGzip(file, limits);
            default:
                throw new ArchiveException("is no kernel module: neither an ELF file nor one that is compressed by xz, zstd or gzip; give the kernel's kheaders.ko");
        }
    }

    private static ArchiveSpool DecodeGzip(ArchiveSpool file, ArchiveLimits limits)
    {
        fixed (byte* start = file.Bytes)
        {
            using var compressed = new UnmanagedMemoryStream(start, file.Bytes.Length);
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress);
            try
            {
                return Collect(
                    output =>
                    {
                        file.Discard(0, compressed.Position);
                        return gzip.Read(output);
                    },
                    limits);
            }
            catch (InvalidDataException e)
            {
                throw new ArchiveException(ArchiveException.Damaged("it cannot be decoded").Message, e);
            }
        }
    }

    private static ArchiveSpool Collect(Reader reader, ArchiveLimits limits)
    {
        var bytes = new NativeBuffer(FirstCapacity);
        try
        {
            int total = 0;
            while (true)
            {
                if (bytes.Length - total < ChunkSize)
                {
                    bytes.Grow(bytes.Length * 2);
                }

                int read = reader(bytes.Span.Slice(total, ChunkSize));
                if (read == 0)
                {
                    return new ArchiveSpool(bytes, total);
                }

                total += read;
                if (total > limits.CompressedBytes)
                {
                    throw ArchiveSpool.TooLarge(limits);
                }
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }
}
