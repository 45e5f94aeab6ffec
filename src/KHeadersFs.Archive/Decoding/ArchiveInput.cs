using KHeadersFs.Archive.Cache;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Decoding;

/// <summary>
/// The bytes of a file as they are, forward, from any descriptor that can be read: a pipe, or sysfs, which gives 4,096 at a time. What
/// they are is known from the first of them. A tar that is not compressed needs no other decoder.
/// </summary>
internal sealed class ArchiveInput : IDecoder
{
    private const int BufferSize = 32 << 10;

    private readonly SafeFileHandle _source;
    private readonly ArchiveLimits _limits;
    private readonly Sha256? _hash;
    private readonly NativeBuffer _buffer = new(BufferSize); // only what is written to is used
    private int _start; // of what is at hand in the buffer
    private int _end;

    /// <summary>Reads so much of <paramref name="source"/> as tells its format.</summary>
    /// <param name="source">The file, which is closed at the end.</param>
    /// <param name="limits">The most that it may have: <see cref="ArchiveLimits.CompressedBytes"/>.</param>
    /// <param name="hash">Takes all bytes that are read.</param>
    /// <exception cref="ArchiveException">It cannot be read, or is too large.</exception>
    internal ArchiveInput(SafeFileHandle source, ArchiveLimits limits, Sha256? hash = null)
    {
        _source = source;
        _limits = limits;
        _hash = hash;
        try
        {
            Format = ReadStart();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the file is.</summary>
    internal FileFormat Format { get; }

    /// <summary>Bytes that have been read of the file so far.</summary>
    internal long Length { get; private set; }

    /// <summary>Bytes that it will have been; 0 where nobody knows: of a pipe.</summary>
    internal long Expected => FileStatus.Of(_source) is { Kind: FileStatus.Regular } status ? status.Size : 0;

    /// <summary>Bytes at hand, which stay until <see cref="Advance"/>: at least one, and none only at the end.</summary>
    /// <exception cref="ArchiveException">The file cannot be read, or is too large.</exception>
    internal ReadOnlySpan<byte> Peek()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = ReadSource(_buffer.Span);
        }

        return _buffer.Span[_start.._end];
    }

    /// <summary>Passes <paramref name="count"/> of the bytes at hand.</summary>
    internal void Advance(int count) => _start += count;

    /// <inheritdoc/>
    public int Read(Span<byte> output)
    {
        if (_start == _end)
        {
            return ReadSource(output);
        }

        int taken = Math.Min(_end - _start, output.Length);
        _buffer.Span.Slice(_start, taken).CopyTo(output);
        _start += taken;
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _source.Dispose();
        _buffer.Dispose();
    }

    private FileFormat ReadStart()
    {
        FileFormat format;
        int read;
        do
        {
            read = ReadSource(_buffer.Span[_end..FileFormats.StartSize]);
            _end += read;
            format = FileFormats.Of(_buffer.Span[.._end]);
        }
        while (format == FileFormat.Unknown && read > 0 && _end < FileFormats.StartSize);
        return format;
    }

    private int ReadSource(Span<byte> destination)
    {
        int read;
        try
        {
            read = PosixFile.Read(_source, destination);
        }
        catch (IOException e)
        {
            throw new ArchiveException(
                $"cannot be read ({SystemReason.Of(e)}); if it is the kernel's own, its module may just have been unloaded: try again",
                e);
        }

        Length += read;
        _hash?.Append(destination[..read]);
        return Length <= _limits.CompressedBytes ? read : throw _limits.TooLarge();
    }
}
