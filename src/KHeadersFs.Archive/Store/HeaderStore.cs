using System.Runtime.InteropServices;
using KHeadersFs.Archive.Tree;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// A finished store, open for reading: all that serving needs, from one descriptor. Reading allocates nothing, and any
/// number of threads may read at once.
/// </summary>
public sealed class HeaderStore : IDisposable
{
    /// <summary>Bytes of decoded blocks that are kept unless told otherwise.</summary>
    private const int DefaultCacheBytes = 256 << 10;

    /// <summary>Bytes that are checked at once: they are still in the processor's cache.</summary>
    private const int CheckBytes = 64 << 10;

    /// <summary>More bytes than a block takes that does not shrink: with what .xz or zstd put around it.</summary>
    private const long MaxStoredLength = 2 * OriginalBlocks.MaxDecodedSize;

    private readonly SafeFileHandle _file;
    private readonly TableMemory _tables;
    private readonly BlockCache _cache;

    private HeaderStore(SafeFileHandle file, in StoreHeader header, TableMemory tables, NodeTable nodes, BlockTable blocks, int cacheBlocks)
    {
        _file = file;
        ContentsChecksum = header.ContentsCrc;
        _tables = tables;
        Nodes = nodes;
        Length = (long)(header.TablesOffset + header.TablesLength);
        FileBytes = (long)header.FileBytes;
        int maxStored = (int)header.MaxStoredLength;
        int maxBody = (int)header.MaxBodyLength;
        int slots = cacheBlocks > 0 ? cacheBlocks : Math.Clamp(DefaultCacheBytes / Math.Max(maxBody, 1), 2, 64);
        ulong memoryLimit = new ArchiveLimits().DecoderMemory;
        _cache = new BlockCache(blocks, slots, maxBody, () => new BlockDecoder(file, blocks, maxStored, memoryLimit));
    }

    /// <summary>The tree; not to be used once the store is disposed.</summary>
    public NodeTable Nodes { get; }

    /// <summary>
    /// Checksum of all that is served: names, attributes, targets of links and contents of files. Alike for the same of them, whatever the
    /// archive was packed with and however the store keeps it.
    /// </summary>
    public ulong ContentsChecksum { get; }

    /// <summary>Size of the store in bytes.</summary>
    public long Length { get; }

    /// <summary>Sum of the sizes of all files in bytes.</summary>
    public long FileBytes { get; }

    /// <summary>Blocks decoded since the store was opened.</summary>
    public long BlocksDecoded => _cache.Decoded;

    /// <summary>Reads that found their block decoded since the store was opened.</summary>
    public long CacheHits => _cache.Hits;

    /// <summary>
    /// Opens the store in <paramref name="file"/>, which then belongs to it. Whoever has made it: its tree can be walked without an end
    /// that never comes, and its files are within its blocks (<see cref="TreeCheck"/>). What blocks hold is seen when they are decoded.
    /// </summary>
    /// <param name="file">A descriptor of the whole store, open for reading.</param>
    /// <param name="cacheBlocks">Decoded blocks that are kept; 0 leaves the choice (256 KiB of them, at least 2).</param>
    /// <exception cref="ArchiveException">It is no store of this version and byte order, or it is damaged.</exception>
    public static HeaderStore Open(SafeFileHandle file, int cacheBlocks = 0)
    {
        StoreHeader header = ReadHeader(file);
        long nodeBytes = NodeTable.SizeOf(header.NodeCount, header.TextLength);
        if (nodeBytes + BlockTable.SizeOf(header.BlockCount) != (long)header.TablesLength || header.TablesLength > int.MaxValue)
        {
            throw ArchiveException.DamagedStore("its tables have another length than it says");
        }

        var tables = TableMemory.Of(file, (long)header.TablesOffset, (int)header.TablesLength);
        try
        {
            if (StoreChecksum.Continue(0, tables.Span) != header.TablesCrc)
            {
                throw ArchiveException.DamagedStore("the checksum of its tables differs");
            }

            var nodes = new NodeTable(tables, (int)header.NodeCount, (int)header.TextLength);
            var blocks = new BlockTable(tables, nodeBytes, (int)header.BlockCount);
            if ((blocks.FindFault(header) ?? new TreeCheck(nodes, header.BodyLength).FindFault()) is { } fault)
            {
                throw ArchiveException.DamagedStore(fault);
            }

            tables.Forget();
            return new HeaderStore(file, header, tables, nodes, blocks, cacheBlocks);
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads from <paramref name="offset"/> of a file into <paramref name="destination"/>; returns the bytes read, fewer
    /// than asked only at the end of the file.
    /// </summary>
    /// <exception cref="ArchiveException">The store is damaged.</exception>
    /// <exception cref="IOException">The store cannot be read.</exception>
    /// <exception cref="OutOfMemoryException">There is no memory for a block.</exception>
    public int Read(int file, ulong offset, Span<byte> destination)
    {
        ulong size = Nodes.Size(file);
        if (offset >= size)
        {
            return 0;
        }

        int length = (int)Math.Min((ulong)destination.Length, size - offset);
        _cache.Read(Nodes.BodyPosition(file) + offset, destination[..length]);
        return length;
    }

    /// <summary>
    /// Decodes the first block of a file before it is read, if that is a small one and nobody is at its slot. Damage is left to
    /// be found by who reads.
    /// </summary>
    public void Expect(int file)
    {
        if (Nodes.Size(file) > 0)
        {
            _cache.Expect(Nodes.BodyPosition(file));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache.Dispose();
        _tables.Dispose();
        _file.Dispose();
    }

    /// <summary>
    /// Reads all of a store, compares it with its checksums and looks that it can be served, without decoding anything: of a file that has
    /// been on a disk, damage is to be found before it is served, not by its readers. A read finds what comes later by the check of each block.
    /// </summary>
    /// <exception cref="ArchiveException">It is no store of this version and byte order, or it is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static void Check(SafeFileHandle file)
    {
        StoreHeader header = ReadHeader(file);
        long tables = (long)header.TablesOffset;
        long end = tables + (long)header.TablesLength;
        if (RandomAccess.GetLength(file) != end)
        {
            throw new ArchiveException("has another length than it says");
        }

        CheckBlocks(file, tables, header.BlocksCrc);
        Open(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false)).Dispose(); // the descriptor stays the caller's
    }

    private static void CheckBlocks(SafeFileHandle file, long end, ulong expected)
    {
        using var buffer = new NativeBuffer(CheckBytes);
        ulong crc = 0;
        for (long position = StoreHeader.Size; position < end;)
        {
            Span<byte> part = buffer.Span[..(int)Math.Min(buffer.Length, end - position)];
            if (RandomAccess.Read(file, part, position) != part.Length)
            {
                throw ArchiveException.DamagedStore("ends early");
            }

            crc = StoreChecksum.Continue(crc, part);
            position += part.Length;
        }

        if (crc != expected)
        {
            throw ArchiveException.DamagedStore("the checksum of its blocks differs");
        }
    }

    private static StoreHeader ReadHeader(SafeFileHandle file)
    {
        StoreHeader header = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<StoreHeader>(ref header));
        if (RandomAccess.Read(file, bytes, 0) != bytes.Length
            || header.Magic != StoreHeader.ExpectedMagic
            || header.Version != StoreHeader.CurrentVersion)
        {
            throw new ArchiveException("is not a store of this version of kheadersfs");
        }

        if (header.HeaderCrc != StoreChecksum.Of(header))
        {
            throw ArchiveException.DamagedStore("the checksum of its header differs");
        }

        if (header.TablesOffset is < StoreHeader.Size or > long.MaxValue - int.MaxValue
            || header.TablesOffset % sizeof(ulong) != 0
            || header.MaxBodyLength > OriginalBlocks.MaxDecodedSize
            || header.MaxStoredLength > MaxStoredLength)
        {
            throw ArchiveException.DamagedStore("it has blocks or tables that no store has");
        }

        return header;
    }
}
