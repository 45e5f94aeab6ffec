namespace KHeadersFs.Archive.Store;

/// <summary>
/// Where each block is in the store and which bytes of the body space it holds. Blocks follow each other without gaps in
/// both, so that a block ends where the next one starts. 17 bytes per block: 28 KB for a kernel. The arrays are those of the store, so
/// the table is only valid as long as it.
/// </summary>
internal sealed unsafe class BlockTable
{
    /// <summary>Bytes of a row, beside one end of each space for all.</summary>
    internal const int RowSize = (2 * sizeof(ulong)) + sizeof(byte);

    private readonly TableMemory _memory; // keeps the pages
    private readonly ulong* _bodyStart;
    private readonly ulong* _storedStart;
    private readonly byte* _codec;

    /// <summary>The table at <paramref name="offset"/> of <paramref name="memory"/>: <paramref name="count"/> blocks.</summary>
    internal BlockTable(TableMemory memory, long offset, int count)
    {
        _memory = memory;
        Count = count;
        _bodyStart = (ulong*)(memory.Pointer + offset);
        _storedStart = _bodyStart + count + 1;
        _codec = (byte*)(_storedStart + count + 1);
    }

    /// <summary>Number of blocks.</summary>
    internal int Count { get; }

    /// <summary>First byte of each block in the body space, and the space's end.</summary>
    private Span<ulong> BodyStarts => new(_bodyStart, Count + 1);

    /// <summary>First byte of each block in the store file, and the end of the last one.</summary>
    private Span<ulong> StoredStarts => new(_storedStart, Count + 1);

    /// <summary>Bytes of a table.</summary>
    internal static long SizeOf(long count) => (count * RowSize) + (2 * sizeof(ulong));

    /// <summary>
    /// What is wrong with the table, to follow "is damaged"; null if nothing is. Afterwards each block is within the file and no larger than
    /// <paramref name="header"/> says.
    /// </summary>
    internal string? FindFault(in StoreHeader header)
    {
        Span<ulong> body = BodyStarts;
        Span<ulong> stored = StoredStarts;
        if (body[0] != 0 || body[^1] != header.BodyLength || header.BodyLength > long.MaxValue
            || stored[0] != StoreHeader.Size || stored[^1] > header.TablesOffset)
        {
            return "its blocks are not where blocks are";
        }

        for (int block = 0; block < Count; block++)
        {
            if (body[block + 1] < body[block] || stored[block + 1] < stored[block])
            {
                return "its blocks are out of order";
            }

            ulong length = stored[block + 1] - stored[block];
            bool fits = Codec(block) switch
            {
                BlockCodec.Hole => length == 0,
                BlockCodec.Zstd or <= BlockCodec.XzLast => length <= header.MaxStoredLength && BodyLength(block) <= header.MaxBodyLength,
                _ => false,
            };
            if (!fits)
            {
                return "a block is larger than all blocks, or of no codec";
            }
        }

        return null;
    }

    /// <summary>First byte of <paramref name="block"/> in the body space.</summary>
    internal ulong BodyStart(int block) => BodyStarts[block];

    /// <summary>Decoded size of <paramref name="block"/> in bytes; of a hole it may be any.</summary>
    internal ulong BodyLength(int block) => BodyStarts[block + 1] - BodyStarts[block];

    /// <summary>First byte of <paramref name="block"/> in the store file.</summary>
    internal long StoredStart(int block) => (long)StoredStarts[block];

    /// <summary>Encoded size of <paramref name="block"/> in bytes.</summary>
    internal int StoredLength(int block) => checked((int)(StoredStarts[block + 1] - StoredStarts[block]));

    /// <summary>How <paramref name="block"/> is encoded.</summary>
    internal BlockCodec Codec(int block) => (BlockCodec)new Span<byte>(_codec, Count)[block];

    /// <summary>The block that holds the byte at <paramref name="position"/> of the body space, or -1 behind its end.</summary>
    internal int Find(ulong position)
    {
        int index = BodyStarts.BinarySearch(position);
        int block = index >= 0 ? index : ~index - 1;
        return block < Count ? block : -1;
    }
}
