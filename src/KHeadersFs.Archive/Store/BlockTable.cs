using System.Runtime.InteropServices;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Where each block is in the store and which bytes of the body space it holds. Blocks follow each other without gaps in
/// both, so that a block ends where the next one starts. 17 bytes per block: 28 KB for a kernel.
/// </summary>
internal sealed class BlockTable
{
    private readonly ulong[] _bodyStart;
    private readonly ulong[] _storedStart;
    private readonly byte[] _codec;

    /// <summary>A table of <paramref name="count"/> blocks, to be filled.</summary>
    internal BlockTable(int count)
    {
        Count = count;
        _bodyStart = TableMemory.Array<ulong>(count + 1);
        _storedStart = TableMemory.Array<ulong>(count + 1);
        _codec = TableMemory.Array<byte>(count);
    }

    /// <summary>Number of blocks.</summary>
    internal int Count { get; }

    /// <summary>First byte of each block in the body space, and the space's end.</summary>
    internal Span<ulong> BodyStarts => _bodyStart;

    /// <summary>First byte of each block in the store file, and the end of the last one.</summary>
    internal Span<ulong> StoredStarts => _storedStart;

    /// <summary>A <see cref="BlockCodec"/> for each block.</summary>
    internal Span<byte> Codecs => _codec;

    /// <summary>First byte of <paramref name="block"/> in the body space.</summary>
    internal ulong BodyStart(int block) => _bodyStart[block];

    /// <summary>Decoded size of <paramref name="block"/> in bytes.</summary>
    internal int BodyLength(int block) => checked((int)(_bodyStart[block + 1] - _bodyStart[block]));

    /// <summary>First byte of <paramref name="block"/> in the store file.</summary>
    internal long StoredStart(int block) => (long)_storedStart[block];

    /// <summary>Encoded size of <paramref name="block"/> in bytes.</summary>
    internal int StoredLength(int block) => checked((int)(_storedStart[block + 1] - _storedStart[block]));

    /// <summary>How <paramref name="block"/> is encoded.</summary>
    internal BlockCodec Codec(int block) => (BlockCodec)_codec[block];

    /// <summary>The block that holds the byte at <paramref name="position"/> of the body space, or -1 behind its end.</summary>
    internal int Find(ulong position)
    {
        int index = Array.BinarySearch(_bodyStart, position);
        int block = index >= 0 ? index : ~index - 1;
        return block < Count ? block : -1;
    }

    /// <summary>Calls <paramref name="part"/> with the bytes of every array, in the order of the store format.</summary>
    internal void ForEachPart(PartAction part)
    {
        part(MemoryMarshal.AsBytes(BodyStarts));
        part(MemoryMarshal.AsBytes(StoredStarts));
        part(Codecs);
    }
}
