using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Tar;
using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Keeps the archive's own .xz blocks: they are copied into the store as they are, so the body space is the decoded tar
/// and a body's position is where the reading stands. What is not there as it is, files with holes and those that were made, is packed behind it.
/// </summary>
internal sealed class OriginalBlocks : IBodySink
{
    /// <summary>
    /// The largest decoded block, in bytes, that is kept: a read of one byte decodes all of it. Why this size:
    /// docs/decisions.md, "The store".
    /// </summary>
    internal const long MaxDecodedSize = 256 << 10;

    private readonly StoreWriter _writer;
    private PackedBlocks? _others;

    private OriginalBlocks(StoreWriter writer) => _writer = writer;

    private PackedBlocks Others => _others ??= new PackedBlocks(_writer);

    /// <summary>True when every block of an archive is small enough to be decoded on demand.</summary>
    internal static bool Suits(XzIndex index) => index.LargestBlock <= MaxDecodedSize;

    /// <summary>Copies all blocks into the store: the first thing to be done.</summary>
    internal static OriginalBlocks Copy(ArchiveSpool spool, XzIndex index, StoreWriter writer)
    {
        foreach (XzBlock block in index.Blocks)
        {
            writer.AddBlock((BlockCodec)block.Check, spool.Stored(block), (int)block.DecodedSize);
        }

        return new OriginalBlocks(writer);
    }

    /// <inheritdoc/>
    public StoredBody Add(DecodedStream archive, long size) => new((ulong)archive.Position, StoreChecksum.OfNext(archive, size));

    /// <inheritdoc/>
    public StoredBody AddSparse(DecodedStream archive, SparseMap map) => Others.AddSparse(archive, map);

    /// <inheritdoc/>
    public StoredBody AddMade(ReadOnlySpan<byte> body) => Others.AddMade(body);

    /// <inheritdoc/>
    public void Complete() => _others?.Complete();

    /// <inheritdoc/>
    public void Dispose() => _others?.Dispose();
}
