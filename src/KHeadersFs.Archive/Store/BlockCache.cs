namespace KHeadersFs.Archive.Store;

/// <summary>
/// A few decoded blocks. Every block has one slot that it can be in (its number modulo the slots), and every slot its own
/// lock: neighbours never push each other out, two threads that want the same block wait for one decoding, and there is
/// no list to keep.
/// </summary>
/// <remarks>
/// The kernel's page cache holds whatever has been read, so a block is needed again only while the files beside it are
/// read for the first time. A read that takes a whole block decodes straight to its destination and leaves the slots be,
/// unless the block is there.
/// </remarks>
internal sealed class BlockCache : IDisposable
{
    /// <summary>The largest block, in decoded bytes, that is decoded before it is asked for: some 40 us for one of zstd.</summary>
    private const int MaxExpectedLength = 64 << 10;

    private readonly BlockTable _blocks;
    private readonly Func<BlockDecoder> _newDecoder;
    private readonly Slot[] _slots;
    private readonly BlockDecoder?[] _idleDecoders = new BlockDecoder?[16];
    private readonly int _slotSize;
    private long _decoded;
    private long _hits;

    /// <summary>A cache of <paramref name="slots"/> blocks, the largest of <paramref name="maxBodyLength"/> bytes.</summary>
    internal BlockCache(BlockTable blocks, int slots, int maxBodyLength, Func<BlockDecoder> newDecoder)
    {
        _blocks = blocks;
        _newDecoder = newDecoder;
        _slotSize = maxBodyLength;
        _slots = new Slot[slots];
        for (int i = 0; i < slots; i++)
        {
            _slots[i] = new Slot();
        }
    }

    /// <summary>Blocks decoded so far.</summary>
    internal long Decoded => Interlocked.Read(ref _decoded);

    /// <summary>Times that a block was found decoded.</summary>
    internal long Hits => Interlocked.Read(ref _hits);

    /// <summary>Copies the bytes at <paramref name="position"/> of the body space, all of which must exist.</summary>
    /// <exception cref="ArchiveException">The store is damaged.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory for a block.</exception>
    internal void Read(ulong position, Span<byte> destination)
    {
        int block = _blocks.Find(position);
        while (destination.Length > 0)
        {
            if (block < 0 || block >= _blocks.Count)
            {
                throw ArchiveException.DamagedStore("a file lies behind the last block");
            }

            ulong skip = position - _blocks.BodyStart(block);
            int taken = (int)Math.Min(_blocks.BodyLength(block) - skip, (ulong)destination.Length);
            if (_blocks.Codec(block) == BlockCodec.Hole)
            {
                destination[..taken].Clear();
            }
            else
            {
                ReadBlock(block, (int)skip, destination[..taken]);
            }

            destination = destination[taken..];
            position += (ulong)taken;
            block++;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Slot slot in _slots)
        {
            slot.Buffer?.Dispose();
        }

        foreach (BlockDecoder? decoder in _idleDecoders)
        {
            decoder?.Dispose();
        }
    }

    /// <summary>Has the block at <paramref name="position"/> decoded when it is read next, unless that takes long.</summary>
    internal void Expect(ulong position)
    {
        int block = _blocks.Find(position);
        if (block < 0 || _blocks.Codec(block) == BlockCodec.Hole || _blocks.BodyLength(block) > MaxExpectedLength)
        {
            return;
        }

        Slot slot = _slots[block % _slots.Length];
        if (!Monitor.TryEnter(slot))
        {
            return;
        }

        try
        {
            _ = Load(slot, block);
        }
        catch (Exception e) when (e is ArchiveException or IOException or OutOfMemoryException)
        {
            // The read will tell.
        }
        finally
        {
            Monitor.Exit(slot);
        }
    }

    private void ReadBlock(int block, int skip, Span<byte> destination)
    {
        Slot slot = _slots[block % _slots.Length];
        bool isWhole = (ulong)destination.Length == _blocks.BodyLength(block);
        lock (slot)
        {
            if (!isWhole || slot.Block == block)
            {
                Load(slot, block).Slice(skip, destination.Length).CopyTo(destination);
                return;
            }
        }

        Decode(block, destination);
    }

    /// <summary>The decoded block, in its slot, of which the caller has the lock.</summary>
    private Span<byte> Load(Slot slot, int block)
    {
        slot.Buffer ??= new NativeBuffer(_slotSize);
        Span<byte> decoded = slot.Buffer.Span[..(int)_blocks.BodyLength(block)];
        if (slot.Block == block)
        {
            Interlocked.Increment(ref _hits);
        }
        else
        {
            slot.Block = -1;
            Decode(block, decoded);
            slot.Block = block;
        }

        return decoded;
    }

    private void Decode(int block, Span<byte> output)
    {
        BlockDecoder decoder = RentDecoder();
        try
        {
            decoder.Decode(block, output);
            Interlocked.Increment(ref _decoded);
        }
        finally
        {
            ReturnDecoder(decoder);
        }
    }

    private BlockDecoder RentDecoder()
    {
        foreach (ref BlockDecoder? idle in _idleDecoders.AsSpan())
        {
            if (Interlocked.Exchange(ref idle, null) is { } decoder)
            {
                return decoder;
            }
        }

        return _newDecoder();
    }

    private void ReturnDecoder(BlockDecoder decoder)
    {
        foreach (ref BlockDecoder? idle in _idleDecoders.AsSpan())
        {
            if (Interlocked.CompareExchange(ref idle, decoder, null) is null)
            {
                return;
            }
        }

        decoder.Dispose();
    }

    /// <summary>Room for one decoded block; all fields are guarded by a lock on the slot.</summary>
    private sealed class Slot
    {
        internal int Block { get; set; } = -1;

        internal NativeBuffer? Buffer { get; set; }
    }
}
