using KHeadersFs.Archive.Decoding;

namespace KHeadersFs.Archive.Tar;

/// <summary>
/// The headers of a tar, block by block: where the next one is, whether it is one, and where the archive ends. Bytes of extended
/// headers are counted against the limits before they are read.
/// </summary>
internal sealed class HeaderReader(DecodedStream tar, ArchiveLimits limits, Action<string> warn)
{
    private readonly byte[] _block = new byte[TarHeader.BlockSize];
    private long _dataEnd; // of the member before
    private long _memberBytes; // of extended headers of one member
    private long _allBytes;

    /// <summary>The header that was read last.</summary>
    internal TarHeader Header => new(_block);

    /// <summary>Where the header that was read last is, in bytes.</summary>
    internal long Offset { get; private set; }

    /// <summary>Reads the next header. False at the end: the marker, two blocks of zeros, or nothing where a header might be.</summary>
    /// <exception cref="ArchiveException">It is no header, or the archive ends within one.</exception>
    internal bool TryRead()
    {
        Offset = tar.Position;
        int read = tar.Read(_block);
        if (read == 0 && Offset > 0)
        {
            warn($"the tar ends at offset {Offset} without an end marker; that it is whole cannot be told");
            return false;
        }

        if (read < _block.Length)
        {
            throw Offset == 0 ? NoTar() : EndsEarly("within a header");
        }

        if (Header.IsZero)
        {
            ReadEndMarker();
            return false;
        }

        return Header.ChecksumMatches() ? true : throw Invalid("its checksum is wrong");
    }

    /// <summary>The header's number of bytes of data.</summary>
    /// <exception cref="ArchiveException">It is no number, or none that there can be.</exception>
    internal long Size() =>
        TarNumber.TryReadField(Header.Size, out Int128 size) && size >= 0 && size <= long.MaxValue
            ? (long)size
            : throw Invalid("its size is no number of bytes");

    /// <summary>Says that a member's data begin here: those are passed before the next header.</summary>
    /// <exception cref="ArchiveException">No archive has so many.</exception>
    internal void BeginData(long size)
    {
        _memberBytes = 0;
        _dataEnd = size <= long.MaxValue - TarHeader.BlockSize - tar.Position ? tar.Position + size : throw EndsEarly("within a member");
    }

    /// <summary>
    /// Passes what is left of a member's data and the padding behind it. False where the padding of the last member is missing.
    /// </summary>
    /// <exception cref="ArchiveException">The archive ends within the data.</exception>
    internal bool TrySkipData()
    {
        long data = _dataEnd - tar.Position;
        if (data > 0 && tar.Skip(data) < data)
        {
            throw EndsEarly("within a member");
        }

        if (TrySkipPadding(_dataEnd))
        {
            return true;
        }

        warn($"the tar ends at offset {tar.Position} without padding and end marker; that it is whole cannot be told");
        return false;
    }

    /// <summary>Reads the data of the extended header that was read last.</summary>
    /// <exception cref="ArchiveException">They are beyond the limits, or the archive ends within them.</exception>
    internal void ReadExtended(ExtendedHeader header)
    {
        long size = Size();
        Count(size);
        if (!header.TryRead(tar, (int)size) || !TrySkipPadding(size))
        {
            throw EndsEarly("within an extended header");
        }
    }

    /// <summary>Reads a block of what belongs to a member's headers and stands behind them.</summary>
    /// <exception cref="ArchiveException">It is beyond the limits, or the archive ends within it.</exception>
    internal void ReadMore(Span<byte> block)
    {
        Count(block.Length);
        if (tar.Read(block) < block.Length)
        {
            throw EndsEarly("within the map of a sparse file");
        }
    }

    private bool TrySkipPadding(long end)
    {
        long padding = -end & (TarHeader.BlockSize - 1);
        return tar.Skip(padding) == padding;
    }

    /// <summary>
    /// The second block of zeros, and what follows it. A single one may be damage in the middle, so it is an end only at the end.
    /// </summary>
    private void ReadEndMarker()
    {
        int read = tar.Read(_block);
        if (read == 0)
        {
            warn($"the tar ends at offset {tar.Position} with one block of zeros instead of two; that it is whole cannot be told");
        }
        else if (_block.AsSpan(0, read).ContainsAnyExcept((byte)0))
        {
            throw new ArchiveException($"has a single block of zeros at offset {Offset} of the tar, and more behind it; take a fresh copy of it");
        }

        // To the end, so that every checksum of the archive has been verified.
        bool told = false;
        while (tar.Peek() is { IsEmpty: false } rest)
        {
            if (!told && rest.IndexOfAnyExcept((byte)0) is >= 0 and int other)
            {
                warn($"something follows the end marker, at offset {tar.Position + other} of the tar; it is not used");
                told = true;
            }

            tar.Advance(rest.Length);
        }
    }

    private void Count(long size)
    {
        _memberBytes += size;
        _allBytes += size;
        if (size > limits.HeaderBytes || _memberBytes > limits.HeaderBytes)
        {
            throw new ArchiveException(
                $"has more than {limits.HeaderBytes >> 10} KiB of extended headers for one member, at offset {Offset} of the tar; "
                + "-o limit_header=KIB allows more");
        }

        if (_allBytes > limits.AllHeaderBytes)
        {
            throw new ArchiveException(
                $"has more than {limits.AllHeaderBytes >> 20} MiB of extended headers in all, at offset {Offset} of the tar; "
                + "-o limit_headers=MIB allows more");
        }
    }

    private ArchiveException Invalid(string why) => Offset == 0
        ? NoTar()
        : new($"has no valid header at offset {Offset} of the tar, where one must be ({why}); take a fresh copy of it");

    private ArchiveException EndsEarly(string where) =>
        new($"holds a tar that ends early, at offset {tar.Position}, {where} that begins at offset {Offset}; take a fresh copy of it");

    private static ArchiveException NoTar() => new("holds no tar archive; give a kheaders.tar.xz");
}
