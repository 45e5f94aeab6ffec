namespace KHeadersFs.Archive.Store;

/// <summary>
/// Packs bodies, and nothing of the tar around them, into small blocks that can each be decoded alone. A file of up to
/// <see cref="MaxBodyLength"/> lies whole within one block, so that reading it decodes once.
/// </summary>
/// <remarks>Why zstd, this level and these sizes: the table in ARCHITECTURE.md, "Choice of codec".</remarks>
/// <param name="writer">Where the blocks go.</param>
internal sealed class PackedBlocks(StoreWriter writer) : IBodySink, IDisposable
{
    /// <summary>A block is closed before a file that would make it larger than this, in bytes.</summary>
    internal const int TargetBodyLength = 16 << 10;

    /// <summary>The largest block: a larger file is cut into pieces of this size, in bytes.</summary>
    internal const int MaxBodyLength = 64 << 10;

    /// <summary>zstd's compression level.</summary>
    internal const int Level = 3;

    private readonly ZstdCompressor _compressor = new(Level, MaxBodyLength);
    private readonly NativeBuffer _block = new(MaxBodyLength);
    private int _fill;
    private ulong _position;

    /// <inheritdoc/>
    public ulong Add(Stream body, long size)
    {
        ulong start = _position;
        if (_fill > 0 && _fill + size > TargetBodyLength)
        {
            Complete();
        }

        while (size > 0)
        {
            int length = (int)Math.Min(size, MaxBodyLength - _fill);
            body.ReadExactly(_block.Span.Slice(_fill, length));
            _fill += length;
            _position += (ulong)length;
            size -= length;
            if (_fill == MaxBodyLength)
            {
                Complete();
            }
        }

        return start;
    }

    /// <inheritdoc/>
    public void Complete()
    {
        if (_fill > 0)
        {
            writer.AddBlock(BlockCodec.Zstd, _compressor.Compress(_block.Span[.._fill]), _fill);
            _fill = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _compressor.Dispose();
        _block.Dispose();
    }
}
