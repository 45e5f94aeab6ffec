using System.Runtime.InteropServices;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Writes a store: blocks as they come, then the tables, and the header last, so that a store whose writing was cut off
/// is not one. One thread at a time.
/// </summary>
/// <param name="file">An empty file.</param>
/// <param name="maxBytes">Tells the most bytes that the blocks may take by now, with their rows in the block table.</param>
/// <param name="underWay">Called once, when <see cref="FirstBlocks"/> have been written.</param>
internal sealed class StoreWriter(SafeFileHandle file, Func<long> maxBytes, Action? underWay = null)
{
    /// <summary>Blocks after which all that is done for a block has been done, 4 MiB of headers: a real archive has 1,700 blocks.</summary>
    private const int FirstBlocks = 256;

    private readonly List<ulong> _bodyStarts = [0];
    private readonly List<ulong> _storedStarts = [StoreHeader.Size];
    private readonly List<byte> _codecs = [];
    private long _storedEnd = StoreHeader.Size;
    private int _maxBodyLength;
    private int _maxStoredLength;
    private ulong _blocksCrc;

    /// <summary>Bytes of the body space so far.</summary>
    internal ulong BodyLength { get; private set; }

    /// <summary>Appends a block that decodes to the next <paramref name="bodyLength"/> bytes of the body space.</summary>
    /// <exception cref="ArchiveException">The store is beyond its limit.</exception>
    internal void AddBlock(BlockCodec codec, ReadOnlySpan<byte> stored, int bodyLength)
    {
        AddBytes(stored);
        _maxBodyLength = Math.Max(_maxBodyLength, bodyLength);
        _maxStoredLength = Math.Max(_maxStoredLength, stored.Length);
        AddRow(codec, (ulong)bodyLength);
        if (_codecs.Count == FirstBlocks)
        {
            underWay?.Invoke();
        }
    }

    /// <summary>Appends a block of zeros, the next <paramref name="bodyLength"/> bytes of the body space.</summary>
    /// <exception cref="ArchiveException">The store is beyond its limit, or the body space beyond 2^63 bytes.</exception>
    internal void AddHole(ulong bodyLength)
    {
        if (bodyLength > long.MaxValue - BodyLength)
        {
            throw new ArchiveException("has files of more than 8 EiB together; make the archive without tar's --sparse");
        }

        AddRow(BlockCodec.Hole, bodyLength);
    }

    /// <summary>Writes the tables and the header.</summary>
    internal void Finish(TreeFreezer tree)
    {
        // Tables are mapped, so they begin where their largest elements may.
        AddBytes(stackalloc byte[(int)(-_storedEnd & (sizeof(ulong) - 1))]);
        ulong contents = tree.Checksum();
        var tables = new TableWriter(file, _storedEnd);
        tree.Write(tables);
        tables.Pad(sizeof(ulong));
        tables.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_bodyStarts)));
        tables.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_storedStarts)));
        tables.Write(CollectionsMarshal.AsSpan(_codecs));
        tables.Flush();
        var header = new StoreHeader
        {
            Magic = StoreHeader.ExpectedMagic,
            Version = StoreHeader.CurrentVersion,
            NodeCount = (uint)tree.NodeCount,
            TextLength = (uint)tree.TextLength,
            BlockCount = (uint)_codecs.Count,
            MaxBodyLength = (uint)_maxBodyLength,
            MaxStoredLength = (uint)_maxStoredLength,
            BodyLength = BodyLength,
            FileBytes = tree.FileBytes,
            TablesOffset = (ulong)tables.Start,
            TablesLength = (ulong)(tables.End - tables.Start),
            TablesCrc = tables.Crc,
            BlocksCrc = _blocksCrc,
            ContentsCrc = contents,
        };
        header.HeaderCrc = StoreChecksum.Of(header);
        PosixFile.WriteAt(file, MemoryMarshal.AsBytes(new ReadOnlySpan<StoreHeader>(in header)), 0);
    }

    private void AddBytes(ReadOnlySpan<byte> bytes)
    {
        PosixFile.WriteAt(file, bytes, _storedEnd);
        _blocksCrc = StoreChecksum.Continue(_blocksCrc, bytes);
        _storedEnd += bytes.Length;
    }

    private void AddRow(BlockCodec codec, ulong bodyLength)
    {
        BodyLength += bodyLength;
        _bodyStarts.Add(BodyLength);
        _storedStarts.Add((ulong)_storedEnd);
        _codecs.Add((byte)codec);
        if (_storedEnd + ((long)_codecs.Count * BlockTable.RowSize) > maxBytes())
        {
            throw new ArchiveException(
                $"needs more than {maxBytes() >> 20} MiB for its store, much more than it has compressed, so it is not a kernel's headers archive; "
                + "-o limit_store=MIB allows more");
        }
    }
}
