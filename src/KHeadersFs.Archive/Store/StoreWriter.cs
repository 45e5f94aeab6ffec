using System.Runtime.InteropServices;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Writes a store: blocks as they come, then the tables, and the header last, so that a store whose writing was cut off
/// is not one. One thread at a time.
/// </summary>
internal sealed class StoreWriter(SafeFileHandle file)
{
    private readonly List<ulong> _bodyStarts = [];
    private readonly List<ulong> _storedStarts = [];
    private readonly List<byte> _codecs = [];
    private ulong _bodyEnd;
    private long _storedEnd = StoreHeader.Size;
    private int _maxBodyLength;
    private int _maxStoredLength;
    private ulong _blocksCrc;

    /// <summary>Appends a block that decodes to the next <paramref name="bodyLength"/> bytes of the body space.</summary>
    internal void AddBlock(BlockCodec codec, ReadOnlySpan<byte> stored, int bodyLength)
    {
        PosixFile.WriteAt(file, stored, _storedEnd);
        _blocksCrc = StoreChecksum.Continue(_blocksCrc, stored);
        _bodyStarts.Add(_bodyEnd);
        _storedStarts.Add((ulong)_storedEnd);
        _codecs.Add((byte)codec);
        _bodyEnd += (ulong)bodyLength;
        _storedEnd += stored.Length;
        _maxBodyLength = Math.Max(_maxBodyLength, bodyLength);
        _maxStoredLength = Math.Max(_maxStoredLength, stored.Length);
    }

    /// <summary>Writes the tables and the header.</summary>
    internal void Finish(NodeTable nodes)
    {
        BlockTable blocks = MakeBlockTable();
        long position = _storedEnd;
        ulong crc = 0;
        void Append(Span<byte> part)
        {
            PosixFile.WriteAt(file, part, position);
            position += part.Length;
            crc = StoreChecksum.Continue(crc, part);
        }

        nodes.ForEachPart(Append);
        blocks.ForEachPart(Append);
        var header = new StoreHeader
        {
            Magic = StoreHeader.ExpectedMagic,
            Version = StoreHeader.CurrentVersion,
            NodeCount = (uint)nodes.Count,
            TextLength = (uint)nodes.TextLength,
            BlockCount = (uint)blocks.Count,
            MaxBodyLength = (uint)_maxBodyLength,
            MaxStoredLength = (uint)_maxStoredLength,
            BodyLength = _bodyEnd,
            FileBytes = SumOfFiles(nodes),
            TablesOffset = (ulong)_storedEnd,
            TablesLength = (ulong)(position - _storedEnd),
            TablesCrc = crc,
            BlocksCrc = _blocksCrc,
        };
        header.HeaderCrc = StoreChecksum.Of(header);
        PosixFile.WriteAt(file, MemoryMarshal.AsBytes(new ReadOnlySpan<StoreHeader>(in header)), 0);
    }

    private static ulong SumOfFiles(NodeTable nodes)
    {
        ulong sum = 0;
        for (int i = 0; i < nodes.Count; i++)
        {
            sum += nodes.Kind(i) == NodeKind.File && nodes.Inode(i) == i ? nodes.Size(i) : 0;
        }

        return sum;
    }

    private BlockTable MakeBlockTable()
    {
        var table = new BlockTable(_codecs.Count);
        CollectionsMarshal.AsSpan(_bodyStarts).CopyTo(table.BodyStarts);
        CollectionsMarshal.AsSpan(_storedStarts).CopyTo(table.StoredStarts);
        CollectionsMarshal.AsSpan(_codecs).CopyTo(table.Codecs);
        table.BodyStarts[^1] = _bodyEnd;
        table.StoredStarts[^1] = (ulong)_storedEnd;
        return table;
    }
}
