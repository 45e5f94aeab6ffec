using KHeadersFs.Archive.Cache;
using KHeadersFs.Archive.Decoding;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Xz;

/// <summary>The compressed bytes of an archive, taken from their source once, forward, into memory.</summary>
/// <remarks>
/// The index of an .xz file stands at its end, and sysfs gives at most 4,096 bytes per read, cannot be mapped, and takes
/// the bytes away when the module is unloaded (fs/sysfs/file.c: sysfs_kf_bin_read). With all of them here, 4-5 MB, the
/// index is read first and every block can be reached; what has been decoded is given back as the pass goes on.
/// </remarks>
public sealed unsafe class ArchiveSpool : IDisposable
{
    /// <summary>Memory is asked for in doubling steps from here, in bytes; only what is written to is used.</summary>
    private const int FirstCapacity = 8 << 20;

    private const int ChunkSize = 128 << 10;

    private readonly NativeBuffer _bytes;
    private int _start;
    private int _length;

    /// <summary>The first <paramref name="length"/> of some bytes, which are the spool's from then on.</summary>
    internal ArchiveSpool(NativeBuffer bytes, int length)
    {
        _bytes = bytes;
        _length = length;
    }

    /// <summary>The compressed archive.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.Span.Slice(_start, _length);

    /// <summary>Reads <paramref name="source"/> to its end, however few bytes it gives at a time, and closes it.</summary>
    /// <exception cref="ArchiveException">It is too large, or cannot be read.</exception>
    internal static ArchiveSpool Take(ArchiveInput source)
    {
        var bytes = new NativeBuffer(FirstCapacity);
        try
        {
            using (source)
            {
                return new ArchiveSpool(bytes, Read(source, bytes));
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>
    /// SHA-256 of <paramref name="source"/>, in hexadecimal, without taking it: it can still be read from where it stands. Null where
    /// only <see cref="Take"/> can tell: it cannot seek, cannot be read, or is too large.
    /// </summary>
    internal static string? TryHash(SafeFileHandle source, ArchiveLimits limits)
    {
        try
        {
            return PosixFile.Position(source) is >= 0 and long start ? Hash(source, start, limits) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a block as they are stored, header and check included.</summary>
    internal ReadOnlySpan<byte> Stored(XzBlock block) => Bytes.Slice((int)block.Offset, (int)block.TotalSize);

    /// <summary>Gives back the memory of a range, which is never looked at again.</summary>
    internal void Discard(long offset, long length) => PageRange.Discard(_bytes.Pointer + _start + offset, (nuint)length);

    /// <summary>Keeps a part alone, and gives back the memory of the rest.</summary>
    internal void Narrow(Range part)
    {
        (int offset, int length) = part.GetOffsetAndLength(_length);
        Discard(0, offset);
        Discard(offset + length, _length - offset - length);
        _start += offset;
        _length = length;
    }

    /// <summary>A sealed file in memory with the same bytes.</summary>
    /// <exception cref="IOException">There is no memory left for it.</exception>
    public SafeFileHandle ToFile()
    {
        SafeFileHandle file = MemoryFile.Create("kheadersfs-archive");
        try
        {
            PosixFile.WriteAt(file, Bytes, 0);
            MemoryFile.Seal(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    private static string? Hash(SafeFileHandle source, long start, ArchiveLimits limits)
    {
        using var hash = new Sha256();
        using var chunk = new NativeBuffer(ChunkSize);
        long total = 0;
        while (RandomAccess.Read(source, chunk.Span, start + total) is int read and > 0)
        {
            hash.Append(chunk.Span[..read]);
            total += read;
            if (total > limits.CompressedBytes)
            {
                return null;
            }
        }

        return Convert.ToHexStringLower(hash.Finish());
    }

    private static int Read(ArchiveInput source, NativeBuffer bytes)
    {
        int total = 0;
        int ready = 0;
        while (true)
        {
            if (bytes.Length - total < ChunkSize)
            {
                bytes.Grow(bytes.Length * 2);
            }

            if (ready < total + ChunkSize)
            {
                PageRange.Populate(bytes.Pointer + ready, (nuint)(total + ChunkSize - ready));
                ready = total + ChunkSize;
            }

            int read = source.Read(bytes.Span.Slice(total, ChunkSize));
            total += read;
            if (read == 0)
            {
                PageRange.Discard(bytes.Pointer + total, (nuint)(ready - total)); // made for what has not come
                return total;
            }
        }
    }
}
