namespace KHeadersFs.Archive.Xz;

/// <summary>Where one block of an .xz file is and what it decodes to, as the file's index tells.</summary>
/// <param name="Offset">First byte of the block's header, from the start of the file.</param>
/// <param name="UnpaddedSize">Bytes of header, compressed data and check, as the index stores it.</param>
/// <param name="TotalSize">The same with the padding to a multiple of four.</param>
/// <param name="DecodedStart">First decoded byte, counted over the whole file.</param>
/// <param name="DecodedSize">Decoded bytes.</param>
/// <param name="Check">The check id of its stream: 0 none, 1 CRC32, 4 CRC64, 10 SHA-256.</param>
internal readonly record struct XzBlock(
    long Offset, long UnpaddedSize, long TotalSize, long DecodedStart, long DecodedSize, int Check);
