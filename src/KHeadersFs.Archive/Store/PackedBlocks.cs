namespace KHeadersFs.Archive.Store;

/// <summary>
/// Packs bodies, and nothing of the tar around them, into small blocks that can each be decoded alone. A file of up to
/// <see cref="MaxBodyLength"/> lies whole within one block, so that reading it decodes once. Blocks are compressed and
/// written by a thread of its own while the next one is filled.
/// </summary>
/// <remarks>Why zstd, this level and these sizes: the table in ARCHITECTURE.md, "Choice of codec".</remarks>
internal sealed class PackedBlocks : IBodySink, IDisposable
{
    /// <summary>A block is closed before a file that would make it larger than this, in bytes.</summary>
    internal const int TargetBodyLength = 16 << 10;

    /// <summary>The largest block: a larger file is cut into pieces of this size, in bytes.</summary>
    internal const int MaxBodyLength = 64 << 10;

    /// <summary>zstd's compression level.</summary>
    internal const int Level = 3;

    private const int Buffers = 16;

    private readonly StoreWriter _writer;
    private readonly BufferQueue _queue = new(Buffers, MaxBodyLength);
    private readonly Thread _thread;
    private NativeBuffer _current;
    private int _fill;
    private ulong _position;
    private Exception? _failure;

    /// <summary>Starts the packing thread; blocks go to <paramref name="writer"/>, which nobody else may use until <see cref="Complete"/>.</summary>
    internal PackedBlocks(StoreWriter writer)
    {
        _writer = writer;
        _current = _queue.TakeEmpty();
        _thread = new Thread(Pack, 256 << 10) { Name = "pack", IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public ulong Add(Stream body, long size)
    {
        ulong start = _position;
        if (_fill > 0 && _fill + size > TargetBodyLength)
        {
            Close();
        }

        while (size > 0)
        {
            int length = (int)Math.Min(size, MaxBodyLength - _fill);
            body.ReadExactly(_current.Span.Slice(_fill, length));
            _fill += length;
            _position += (ulong)length;
            size -= length;
            if (_fill == MaxBodyLength)
            {
                Close();
            }
        }

        return start;
    }

    /// <inheritdoc/>
    public void Complete()
    {
        if (_fill > 0)
        {
            Close();
        }

        Stop();
        ThrowFailure();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _current.Dispose();
        _queue.Dispose();
    }

    private void Stop()
    {
        _queue.Complete();
        _thread.Join();
    }

    private void Close()
    {
        _queue.PutFull(_current, _fill);
        _current = _queue.TakeEmpty();
        _fill = 0;
        ThrowFailure();
    }

    private void ThrowFailure()
    {
        if (_failure is { } failure)
        {
            throw new IOException($"packing a block failed: {failure.Message}", failure);
        }
    }

    private void Pack()
    {
        using var compressor = new ZstdCompressor(Level, MaxBodyLength);
        while (_queue.TryTakeFull(out NativeBuffer body, out int length))
        {
            try
            {
                if (_failure is null)
                {
                    _writer.AddBlock(BlockCodec.Zstd, compressor.Compress(body.Span[..length]), length);
                }
            }
#pragma warning disable CA1031 // Whatever it is, the thread that fills the blocks throws it on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = e;
            }

            _queue.PutEmpty(body);
        }
    }
}
