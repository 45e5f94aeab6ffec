namespace KHeadersFs.Archive.Tar;

/// <summary>
/// One header block of a tar: V7, ustar (POSIX.1-1988), star, GNU old and new. Offsets are those of struct posix_header and struct
/// oldgnu_header in GNU tar's tar.h; all of them hold the same at the same place, but for what follows the device numbers.
/// </summary>
/// <param name="block">The <see cref="BlockSize"/> bytes.</param>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>Bytes of a header, and the unit in which a tar is written.</summary>
    internal const int BlockSize = 512;

    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;
    private readonly ReadOnlySpan<byte> _block = block;

    /// <summary>The name as it stands, not joined with <see cref="Prefix"/>.</summary>
    internal ReadOnlySpan<byte> Name => UpToNul(_block[..100]);

    /// <summary>What stands before the name and a slash; only a ustar header has one (GNU's has times there).</summary>
    internal ReadOnlySpan<byte> Prefix => IsUstar ? UpToNul(_block.Slice(345, 155)) : [];

    /// <summary>The target of a link.</summary>
    internal ReadOnlySpan<byte> LinkName => UpToNul(_block.Slice(157, 100));

    /// <summary>What the member is: '0' a file, '5' a directory and so on; NUL in V7.</summary>
    internal byte Type => _block[156];

    /// <summary>Bytes of data behind the header.</summary>
    internal ReadOnlySpan<byte> Size => _block.Slice(124, 12);

    /// <summary>Seconds since 1970.</summary>
    internal ReadOnlySpan<byte> ModifiedSeconds => _block.Slice(136, 12);

    /// <summary>Permission bits.</summary>
    internal ReadOnlySpan<byte> Mode => _block.Slice(100, 8);

    /// <summary>"ustar" and NUL; GNU tar and this reader leave the version behind it alone.</summary>
    internal bool IsUstar => _block.Slice(257, 6).SequenceEqual("ustar\0"u8);

    /// <summary>GNU tar's own format, which has sparse files of type 'S'.</summary>
    internal bool IsGnu => _block.Slice(257, 8).SequenceEqual("ustar  \0"u8);

    /// <summary>star's own format, by the times where ustar has the end of its prefix (GNU tar, list.c: decode_header).</summary>
    internal bool IsStar => IsUstar && _block[475] == 0 && IsOctal(_block[476]) && _block[487] == ' ' && IsOctal(_block[488]) && _block[499] == ' ';

    /// <summary>Where a sparse file of GNU's format has its first four segments.</summary>
    internal ReadOnlySpan<byte> SparseSegments => _block.Slice(386, 4 * SparseMap.SegmentLength);

    /// <summary>Whether blocks with more segments follow the header.</summary>
    internal bool HasMoreSegments => _block[482] != 0;

    /// <summary>Size of a sparse file of GNU's format with its holes.</summary>
    internal ReadOnlySpan<byte> SparseSize => _block.Slice(483, 12);

    /// <summary>A block of zeros: half of the end marker.</summary>
    internal bool IsZero => _block.IndexOfAnyExcept((byte)0) < 0;

    /// <summary>
    /// Whether the checksum is the sum of all bytes with blanks for its own eight; old tars took them for signed.
    /// </summary>
    internal bool ChecksumMatches()
    {
        int sum = ChecksumLength * ' ';
        int negative = 0;
        for (int i = 0; i < _block.Length; i++)
        {
            int value = (uint)(i - ChecksumOffset) < ChecksumLength ? 0 : _block[i];
            sum += value;
            negative += value >> 7;
        }

        return TarNumber.TryReadField(_block.Slice(ChecksumOffset, ChecksumLength), out Int128 told)
            && (told == sum || told == sum - (256 * negative));
    }

    private static bool IsOctal(byte digit) => digit is >= (byte)'0' and <= (byte)'7';

    /// <summary>The text of a field, which fills it or ends with a NUL.</summary>
    internal static ReadOnlySpan<byte> UpToNul(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return end < 0 ? field : field[..end];
    }
}
