using System.IO.Compression;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Interop;
using KHeadersFs.Archive.Store;

namespace KHeadersFs.Bench;

/// <summary>One way to encode a block, and to decode it again.</summary>
internal sealed record Codec(string Name, Func<byte[], byte[]> Encode, Action<byte[], byte[]> Decode)
{
    internal static IEnumerable<Codec> All()
    {
        foreach (int level in (int[])[1, 3, 4, 5, 6, 9])
        {
            yield return Zstd(level);
        }

        yield return new Codec("Deflate Fastest", static b => Deflate(b, CompressionLevel.Fastest), Inflate);
        yield return new Codec("Deflate Optimal", static b => Deflate(b, CompressionLevel.Optimal), Inflate);
        foreach (int quality in (int[])[1, 3, 5])
        {
            yield return new Codec($"Brotli {quality}", b => Brotli(b, quality), Unbrotli);
        }
    }

    private static unsafe Codec Zstd(int level)
    {
        var compressor = new ZstdCompressor(level, 128 << 10);
        void* decompressor = LibZstd.CreateDecompressor();
        return new Codec($"zstd {level}", b => compressor.Compress(b).ToArray(), (stored, body) =>
        {
            fixed (byte* from = stored)
            fixed (byte* to = body)
            {
                if (LibZstd.Decompress(decompressor, to, (nuint)body.Length, from, (nuint)stored.Length) != (nuint)body.Length)
                {
                    throw new ArchiveException("zstd");
                }
            }
        });
    }

    private static byte[] Deflate(byte[] body, CompressionLevel level)
    {
        var output = new MemoryStream();
        using (var stream = new DeflateStream(output, level, leaveOpen: true))
        {
            stream.Write(body);
        }

        return output.ToArray();
    }

    private static void Inflate(byte[] stored, byte[] body)
    {
        using var stream = new DeflateStream(new MemoryStream(stored), CompressionMode.Decompress);
        stream.ReadExactly(body);
    }

    private static byte[] Brotli(byte[] body, int quality)
    {
        byte[] output = new byte[BrotliEncoder.GetMaxCompressedLength(body.Length)];
        return BrotliEncoder.TryCompress(body, output, out int size, quality, 18)
            ? output[..size]
            : throw new ArchiveException("brotli");
    }

    private static void Unbrotli(byte[] stored, byte[] body)
    {
        if (!BrotliDecoder.TryDecompress(stored, body, out int size) || size != body.Length)
        {
            throw new ArchiveException("brotli");
        }
    }
}
