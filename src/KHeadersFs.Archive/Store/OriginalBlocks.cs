using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Keeps the archive's own .xz blocks: they are copied into the store as they are, so the body space is the decoded tar
/// and a body's position is where the reading stands.
/// </summary>
internal sealed class OriginalBlocks(DecodedStream decoded) : IBodySink
{
    /// <summary>
    /// The largest decoded block, in bytes, that is kept: a read of one byte decodes all of it. Why this size: ARCHITECTURE.md, "Random
    /// access into .xz".
    /// </summary>
    internal const long MaxDecodedSize = 256 << 10;

    /// <summary>True when every block of an archive is small enough to be decoded on demand.</summary>
    internal static bool Suits(XzIndex index) => index.LargestBlock <= MaxDecodedSize;

    /// <summary>Copies all blocks into the store.</summary>
    internal static void Copy(ArchiveSpool spool, XzIndex index, StoreWriter writer)
    {
        foreach (XzBlock block in index.Blocks)
        {
            writer.AddBlock((BlockCodec)block.Check, spool.Stored(block), (int)block.DecodedSize);
        }
    }

    /// <inheritdoc/>
    public ulong Add(Stream body, long size) => (ulong)decoded.Position;

    /// <inheritdoc/>
    public void Complete()
    {
    }
}
