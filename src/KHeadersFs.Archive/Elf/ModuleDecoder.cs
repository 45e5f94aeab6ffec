using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Archive.Elf;

/// <summary>Decodes a kernel module's file, whole, in the formats in which modules are installed (CONFIG_MODULE_COMPRESS).</summary>
internal static class ModuleDecoder
{
    /// <summary>Memory is asked for in doubling steps from here, in bytes; only what is written to is used.</summary>
    private const int FirstCapacity = 8 << 20;

    /// <summary>Bytes that are decoded at once.</summary>
    private const int ChunkSize = 128 << 10;

    /// <summary>
    /// What <paramref name="file"/> decodes to. Of an .xz file the memory is given back as it is read, so both together take no more than
    /// the larger of the two, and some.
    /// </summary>
    /// <exception cref="ArchiveException">It is damaged, too large, or in another format.</exception>
    internal static ArchiveSpool Decode(ArchiveInput file, ArchiveLimits limits)
    {
        switch (file.Format)
        {
            case FileFormat.Xz:
                using (ArchiveSpool spool = ArchiveSpool.Take(file))
                using (var xz = new XzDecoder(spool, XzIndex.Read(spool, limits), limits.DecoderMemory))
                {
                    return Collect(xz, limits);
                }

            case FileFormat.Zstd or FileFormat.Gzip:
                using (IDecoder decoder = Decoders.Of(file, limits))
                {
                    return Collect(decoder, limits);
                }

            case FileFormat.Empty:
                throw new ArchiveException("is empty; install the package with the kernel's modules again");
            default:
                throw new ArchiveException("is no kernel module: neither an ELF file nor one that is compressed by xz, zstd or gzip; give the kernel's kheaders.ko");
        }
    }

    private static ArchiveSpool Collect(IDecoder decoder, ArchiveLimits limits)
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

                int read = decoder.Read(bytes.Span.Slice(total, ChunkSize));
                if (read == 0)
                {
                    return new ArchiveSpool(bytes, total);
                }

                total += read;
                if (total > limits.CompressedBytes)
                {
                    throw limits.TooLarge();
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
