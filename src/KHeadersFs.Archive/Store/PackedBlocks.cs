using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Packs bodies, and nothing of the tar around them, into small blocks that can each be decoded alone. A file of up to
/// <see cref="MaxBodyLength"/> lies whole within one block, so that reading it decodes once.
/// </summary>
/// <remarks>Why zstd, this level and these sizes: the table in docs/decisions.md.</remarks>
/// <param name="writer">Where the blocks go; nobody else adds some from now on.</param>
internal sealed class PackedBlocks(StoreWriter writer) : IBodySink
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
    private ulong _checksum; // of the body that is being added

    private ulong Position => writer.BodyLength + (ulong)_fill;

    /// <inheritdoc/>
    public StoredBody Add(DecodedStream archive, long size)
    {
        ulong start = Begin(size);
        Append(archive, size);
        return new StoredBody(start, _checksum);
    }

    /// <inheritdoc/>
    public StoredBody AddSparse(DecodedStream archive, SparseMap map)
    {
        ulong start = Begin(map.FileSize);
        long end = 0;
        foreach ((long offset, long length) in map.Segments)
        {
            AppendHole(offset - end);
            Append(archive, length);
            end = offset + length;
        }

        AppendHole(map.FileSize - end);
        return new StoredBody(start, _checksum);
    }

    /// <inheritdoc/>
    public StoredBody AddMade(ReadOnlySpan<byte> body)
    {
        ulong start = Begin(body.Length);
        _checksum = StoreChecksum.Continue(_checksum, body);
        while (!body.IsEmpty)
        {
            int taken = Math.Min(body.Length, MaxBodyLength - _fill);
            body[..taken].CopyTo(_block.Span[_fill..]);
            body = body[taken..];
            Fill(taken);
        }

        return new StoredBody(start, _checksum);
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

    private ulong Begin(long size)
    {
        if (_fill > 0 && size > TargetBodyLength - _fill)
        {
            Complete();
        }

        _checksum = 0;
        return Position;
    }

    private void Append(DecodedStream archive, long size)
    {
        while (size > 0)
        {
            Span<byte> room = _block.Span[_fill..];
            int read = archive.Read(room.Length < size ? room : room[..(int)size]);
            if (read == 0)
            {
                return;
            }

            _checksum = StoreChecksum.Continue(_checksum, room[..read]);
            size -= read;
            Fill(read);
        }
    }

    /// <summary>A hole that fits into a block is zeros among others; a larger one is a block of nothing.</summary>
    private void AppendHole(long size)
    {
        _checksum = StoreChecksum.Continue(_checksum, size);
        if (size > MaxBodyLength)
        {
            Complete();
            writer.AddHole((ulong)size);
            return;
        }

        while (size > 0)
        {
            int length = (int)Math.Min(size, MaxBodyLength - _fill);
            _block.Span.Slice(_fill, length).Clear();
            size -= length;
            Fill(length);
        }
    }

    private void Fill(int length)
    {
        _fill += length;
        if (_fill == MaxBodyLength)
        {
            Complete();
        }
    }
}
