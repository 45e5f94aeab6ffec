namespace KHeadersFs.Archive;

/// <summary>
/// What an archive may ask for. A real one (6.1 to 7.3) has 4-5 MB compressed, 31-39 MB decoded, an 8 MiB dictionary
/// and 7,000 members; the limits leave room for 16 times that and stop a file made to exhaust the machine.
/// </summary>
public sealed record ArchiveLimits
{
    /// <summary>The most bytes that the compressed archive may have.</summary>
    public long CompressedBytes { get; init; } = 256L << 20;

    /// <summary>The most bytes that it may decode to, told by the index of the .xz before anything is decoded.</summary>
    public long DecodedBytes { get; init; } = 1L << 30;

    /// <summary>The most bytes that the decoder of a block may use: in essence its dictionary.</summary>
    public ulong DecoderMemory { get; init; } = 128UL << 20;

    /// <summary>The most bytes that the index of the .xz may use: some 100,000 blocks for a MiB.</summary>
    public ulong IndexMemory { get; init; } = 16UL << 20;

    /// <summary>The most names in the tree.</summary>
    public int Nodes { get; init; } = 1 << 20;
}
