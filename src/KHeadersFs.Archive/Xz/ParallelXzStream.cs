using System.Runtime.ExceptionServices;
using KHeadersFs.Archive.Decoding;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Decodes the blocks of a spooled .xz file on several threads, a few blocks ahead of the reader. For small blocks: each one
/// that is under way is held decoded.
/// </summary>
/// <remarks>
/// The reader is one of the threads: when the block that it needs is not there yet, it decodes one itself instead of waiting. So
/// there are no more threads than processors, and hardly one is ever woken.
/// </remarks>
internal sealed unsafe class ParallelXzStream : DecodedStream
{
    private const int MaxThreads = 4;

    /// <summary>The largest decoded block, in bytes: with it two processors hold 6 MiB, less than a single block's dictionary.</summary>
    private const long MaxDecodedSize = 1 << 20;

    private readonly ArchiveSpool _spool;
    private readonly XzBlock[] _blocks;
    private readonly ulong _memoryLimit;
    private readonly XzBlockDecoder _decoder; // of the reader
    private readonly Thread[] _helpers;
    private readonly Slot[] _slots;
#pragma warning disable MA0158 // System.Threading.Lock has no Wait and Pulse.
    private readonly object _gate = new();
#pragma warning restore MA0158
    private int _claimed; // guarded by _gate: the first block that no thread has taken
    private int _reading; // written under _gate by the reader alone: the block that it is in
    private bool _stopped; // guarded by _gate
    private int _taken;

    /// <summary>Starts decoding <paramref name="spool"/>, with a thread for each processor but the reader's.</summary>
    internal ParallelXzStream(ArchiveSpool spool, XzIndex index, ulong memoryLimit)
    {
        _spool = spool;
        _blocks = index.Blocks;
        _memoryLimit = memoryLimit;
        _decoder = new XzBlockDecoder(memoryLimit);
        _helpers = new Thread[Decoders - 1];
        _slots = new Slot[SlotsOf(Decoders)];
        int largest = (int)index.LargestBlock;
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i] = new Slot(largest);
            PageRange.Populate(_slots[i].Buffer.Pointer, (nuint)largest);
        }

        for (int i = 0; i < _helpers.Length; i++)
        {
            _helpers[i] = new Thread(Help, 256 << 10) { Name = $"decode-{i}", IsBackground = true };
            _helpers[i].Start();
        }
    }

    private static int Decoders => Math.Clamp(Environment.ProcessorCount, 1, MaxThreads);

    /// <summary>Bytes that decoding takes: of the decoded blocks, and of a window for each decoder.</summary>
    internal static long MemoryOf(long largestBlock, long window) => (SlotsOf(Decoders) * largestBlock) + (Decoders * window);

    /// <summary>True when every block of an archive is small enough to be held decoded.</summary>
    internal static bool Suits(XzIndex index) => index.LargestBlock <= MaxDecodedSize;

    /// <summary>One that is read, and for each thread one in work and one done.</summary>
    private static int SlotsOf(int decoders) => 2 * decoders;

    /// <inheritdoc/>
    internal override ReadOnlySpan<byte> Peek() =>
        TryWaitForBlock(out Slot? slot) ? slot!.Buffer.Span[_taken..(int)_blocks[_reading].DecodedSize] : [];

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        Array.ForEach(_helpers, static t => t.Join());
        Array.ForEach(_slots, static s => s.Buffer.Dispose());
        _decoder.Dispose();
    }

    /// <inheritdoc/>
    protected override void Release(int count)
    {
        _taken += count;
        if (_taken == (int)_blocks[_reading].DecodedSize)
        {
            LeaveBlock();
        }
    }

    private bool TryWaitForBlock(out Slot? slot)
    {
        slot = null;
        if (_reading == _blocks.Length)
        {
            return false;
        }

        slot = _slots[_reading % _slots.Length];
        if (_taken > 0)
        {
            return true;
        }

        while (!IsDone(slot))
        {
            if (TryClaim(wait: false) is { } block)
            {
                Decode(_decoder, block);
            }
        }

        if (slot.Failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return true;
    }

    /// <summary>Whether the block that is read next is there; waits for it where there is nothing else to do.</summary>
    private bool IsDone(Slot slot)
    {
        lock (_gate)
        {
            while (slot.Decoded != _reading && !CanClaim)
            {
                Monitor.Wait(_gate);
            }

            return slot.Decoded == _reading;
        }
    }

    private void LeaveBlock()
    {
        lock (_gate)
        {
            _reading++;
            _taken = 0;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>A slot is free once the reader has left the block that was in it. To be asked under the gate.</summary>
    private bool CanClaim => _claimed < _blocks.Length && _claimed - _reading < _slots.Length;

    private void Help()
    {
        using var decoder = new XzBlockDecoder(_memoryLimit);
        while (TryClaim(wait: true) is { } block)
        {
            Decode(decoder, block);
        }
    }

    /// <summary>The next block that nobody has decoded, or null: there is none or, without waiting, no slot for it.</summary>
    private int? TryClaim(bool wait)
    {
        lock (_gate)
        {
            while (wait && !_stopped && _claimed < _blocks.Length && !CanClaim)
            {
                Monitor.Wait(_gate);
            }

            return !_stopped && CanClaim ? _claimed++ : null;
        }
    }

    private void Decode(XzBlockDecoder decoder, int number)
    {
        Slot slot = _slots[number % _slots.Length];
        XzBlock block = _blocks[number];
        Exception? failure = null;
        try
        {
            Span<byte> output = slot.Buffer.Span[..(int)block.DecodedSize];
            decoder.DecodeWhole(_spool.Stored(block), output, block.UnpaddedSize, block.Check);
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
            slot.Decoded = number;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Room for one decoded block. Failure and Decoded are guarded by the gate.</summary>
    private sealed class Slot(int size)
    {
        internal NativeBuffer Buffer { get; } = new(size);

        internal int Decoded { get; set; } = -1;

        internal Exception? Failure { get; set; }
    }
}
