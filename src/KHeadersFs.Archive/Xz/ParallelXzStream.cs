using System.Runtime.ExceptionServices;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Decodes the blocks of a spooled .xz file on several threads, a few blocks ahead of the reader. For small blocks: each one
/// that is under way is held decoded.
/// </summary>
internal sealed class ParallelXzStream : DecodedStream
{
    private const int MaxThreads = 4;

    private readonly ArchiveSpool _spool;
    private readonly XzBlock[] _blocks;
    private readonly ulong _memoryLimit;
    private readonly Thread[] _threads;
    private readonly Slot[] _slots;
#pragma warning disable MA0158 // System.Threading.Lock has no Wait and Pulse.
    private readonly object _gate = new();
#pragma warning restore MA0158
    private int _claimed; // guarded by _gate: the first block that no thread has taken
    private int _reading; // written under _gate by the reader alone: the block that it is in
    private bool _stopped; // guarded by _gate
    private int _taken;

    /// <summary>Starts decoding <paramref name="spool"/>, a thread per processor.</summary>
    internal ParallelXzStream(ArchiveSpool spool, XzIndex index, ulong memoryLimit)
    {
        _spool = spool;
        _blocks = index.Blocks;
        _memoryLimit = memoryLimit;
        _threads = new Thread[Math.Clamp(Environment.ProcessorCount, 1, MaxThreads)];
        _slots = new Slot[_threads.Length + 1];
        int largest = (int)_blocks.Max(static b => (long?)b.DecodedSize).GetValueOrDefault();
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new Slot(largest);
        }

        for (int i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(DecodeBlocks, 256 << 10) { Name = $"decode-{i}", IsBackground = true };
            _threads[i].Start();
        }
    }

    /// <inheritdoc/>
    internal override void Drain()
    {
        while (TryWaitForBlock(out _))
        {
            Release();
        }
    }

    /// <inheritdoc/>
    protected override int ReadDecoded(Span<byte> buffer)
    {
        if (buffer.IsEmpty || !TryWaitForBlock(out Slot? slot))
        {
            return 0;
        }

        int length = (int)_blocks[_reading].DecodedSize;
        int read = Math.Min(buffer.Length, length - _taken);
        slot!.Buffer.Span.Slice(_taken, read).CopyTo(buffer);
        _taken += read;
        if (_taken == length)
        {
            Release();
        }

        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        Array.ForEach(_threads, static t => t.Join());
        Array.ForEach(_slots, static s => s.Buffer.Dispose());
        base.Dispose(disposing);
    }

    private bool TryWaitForBlock(out Slot? slot)
    {
        slot = null;
        if (_reading == _blocks.Length)
        {
            return false;
        }

        slot = _slots[_reading % _slots.Length];
        lock (_gate)
        {
            while (slot.Decoded != _reading && slot.Failure is null)
            {
                Monitor.Wait(_gate);
            }
        }

        if (slot.Failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return true;
    }

    private void Release()
    {
        lock (_gate)
        {
            _reading++;
            _taken = 0;
            Monitor.PulseAll(_gate);
        }
    }

    private void DecodeBlocks()
    {
        using var decoder = new XzBlockDecoder(_memoryLimit);
        while (TryClaim(out int block))
        {
            Slot slot = _slots[block % _slots.Length];
            Exception? failure = null;
            try
            {
                Decode(decoder, _blocks[block], slot.Buffer.Span);
            }
#pragma warning disable CA1031 // Whatever it is, the reader throws it on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }

            lock (_gate)
            {
                slot.Failure = failure;
                slot.Decoded = block;
                Monitor.PulseAll(_gate);
            }
        }
    }

    private bool TryClaim(out int block)
    {
        lock (_gate)
        {
            // A slot is free once the reader has left the block that was in it.
            while (!_stopped && _claimed < _blocks.Length && _claimed - _reading >= _slots.Length)
            {
                Monitor.Wait(_gate);
            }

            block = _claimed;
            return !_stopped && _claimed++ < _blocks.Length;
        }
    }

    private void Decode(XzBlockDecoder decoder, XzBlock block, Span<byte> output)
    {
        decoder.DecodeWhole(_spool.Stored(block), output[..(int)block.DecodedSize], block.UnpaddedSize, block.Check);
        _spool.Discard(block.Offset, block.TotalSize);
    }

    /// <summary>Room for one decoded block. Failure and Decoded are guarded by the gate.</summary>
    private sealed class Slot(int size)
    {
        internal NativeBuffer Buffer { get; } = new(size);

        internal int Decoded { get; set; } = -1;

        internal Exception? Failure { get; set; }
    }
}
