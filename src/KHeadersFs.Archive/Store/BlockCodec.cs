namespace KHeadersFs.Archive.Store;

/// <summary>How a block of a store is encoded: one byte in the block table.</summary>
/// <remarks>
/// 0-15 are the check ids of the .xz format: the block is an original block of the archive, header and check included,
/// from a stream with that check. A block's check is verified each time that it is decoded, by either codec.
/// </remarks>
internal enum BlockCodec : byte
{
    /// <summary>The largest check id of the .xz format.</summary>
    XzLast = 15,

    /// <summary>One zstd frame with its XXH64 content checksum (RFC 8878).</summary>
    Zstd = 32,

    /// <summary>Zeros, as many as the block decodes to; nothing is stored.</summary>
    Hole = 33,
}
