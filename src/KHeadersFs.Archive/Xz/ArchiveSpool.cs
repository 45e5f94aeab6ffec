using KHeadersFs.Archive.Cache;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// The compressed bytes of an archive, taken from their source once, forward, into a file in memory.
/// </summary>
/// <remarks>
/// The index of an .xz file stands at its end, and sysfs gives at most 4,096 bytes per read, cannot be mapped, and takes
/// the bytes away when the module is unloaded (fs/sysfs/file.c: sysfs_kf_bin_read). With all of them here, 4-5 MB, the
/// index is read first and every block can be reached; what has been decoded is given back as the pass goes on.
/// </remarks>
internal sealed class ArchiveSpool : IDisposable
{
    private const int ChunkSize = 128 << 10;

    private readonly SafeFileHandle _file;

    private ArchiveSpool(SafeFileHandle file, long length)
    {
        _file = file;
        Length = length;
    }

    /// <summary>Size of the compressed archive in bytes.</summary>
    internal long Length { get; }

    /// <summary>The magic bytes of every .xz stream (xz file format 1.2.1, 2.1.1.1).</summary>
    private static ReadOnlySpan<byte> Magic => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00];

    /// <summary>Reads <paramref name="source"/> to its end, however few bytes it gives at a time, and closes it.</summary>
    /// <exception cref="ArchiveException">It is empty, not .xz, too large, or cannot be read.</exception>
    internal static ArchiveSpool Take(SafeFileHandle source, ArchiveLimits limits)
    {
        SafeFileHandle file = MemoryFile.Create("kheadersfs-archive");
        try
        {
            // FileStream, not RandomAccess: the source may be a pipe.
            using var stream = new FileStream(source, FileAccess.Read, bufferSize: 0);
            return new ArchiveSpool(file, Copy(stream, file, limits));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads up to <paramref name="destination"/>'s length at <paramref name="offset"/>; short only at the end.</summary>
    internal int Read(Span<byte> destination, long offset) => RandomAccess.Read(_file, destination, offset);

    /// <summary>Gives back the memory of the bytes from <paramref name="offset"/> on: they are never read again.</summary>
    internal void Discard(long offset, long length) => MemoryFile.Discard(_file, offset, length);

    /// <summary>SHA-256 of all bytes, in hexadecimal.</summary>
    internal string Hash()
    {
        using var hash = new Sha256();
        using var buffer = new NativeBuffer(ChunkSize);
        for (long position = 0; Read(buffer.Span, position) is int read and > 0; position += read)
        {
            hash.Append(buffer.Span[..read]);
        }

        return Convert.ToHexStringLower(hash.Finish());
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static long Copy(FileStream source, SafeFileHandle file, ArchiveLimits limits)
    {
        using var buffer = new NativeBuffer(ChunkSize);
        long total = 0;
        int held = 0;
        while (true)
        {
            int read = ReadSource(source, buffer.Span[held..]);
            held += read;
            if (total == 0 && (held >= Magic.Length || read == 0))
            {
                CheckMagic(buffer.Span[..held]);
            }

            if (held == buffer.Length || read == 0)
            {
                RandomAccess.Write(file, buffer.Span[..held], total);
                total += held;
                held = 0;
            }

            if (read == 0)
            {
                return total;
            }

            if (total > limits.CompressedBytes)
            {
                throw new ArchiveException($"is larger than {limits.CompressedBytes >> 20} MiB, so it is not a kernel's headers archive; give a kheaders.tar.xz");
            }
        }
    }

    private static int ReadSource(FileStream source, Span<byte> destination)
    {
        try
        {
            return source.Read(destination);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArchiveException(
                $"cannot be read ({e.Message.TrimEnd('.')}); if it is the kernel's own, its module may just have been unloaded: try again",
                e);
        }
    }

    private static void CheckMagic(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            throw new ArchiveException("is empty; give a kheaders.tar.xz");
        }

        if (start.Length < Magic.Length ? Magic.StartsWith(start) : start.StartsWith(Magic))
        {
            return;
        }

        throw new ArchiveException("is not an .xz file; give a kheaders.tar.xz");
    }
}
