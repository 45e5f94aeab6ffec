using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Bench;

/// <summary>Reading one block of a store and decoding it: the mean over all blocks.</summary>
#pragma warning disable CA1001 // Cleanup is called by BenchmarkDotNet.
public class BlockBenchmarks
#pragma warning restore CA1001
{
    /// <summary>So many that what the measuring itself allocates is less than one object for each.</summary>
    private const int Blocks = 256;

    private readonly byte[] _body = new byte[OriginalBlocks.MaxDecodedSize];
    private SafeFileHandle _file = null!;
    private BlockTable _blocks = null!;
    private BlockDecoder _decoder = null!;
    private int _next;

    [GlobalSetup(Target = nameof(Zstd))]
    public void SetupPacked() => Open(BenchArchive.Packed());

    [GlobalSetup(Target = nameof(Xz))]
    public void SetupOriginal() => Open(BenchArchive.Original());

    [GlobalCleanup]
    public void Cleanup()
    {
        _decoder.Dispose();
        _file.Dispose();
    }

    /// <summary>Some 16 KiB.</summary>
    [Benchmark(OperationsPerInvoke = Blocks)]
    public int Zstd() => Decode();

    /// <summary>256 KiB.</summary>
    [Benchmark(OperationsPerInvoke = Blocks)]
    public int Xz() => Decode();

    private int Decode()
    {
        int decoded = 0;
        for (int i = 0; i < Blocks; i++)
        {
            _next = _next + 1 < _blocks.Count ? _next + 1 : 0;
            int length = (int)_blocks.BodyLength(_next);
            _decoder.Decode(_next, _body.AsSpan(0, length));
            decoded += length;
        }

        return decoded;
    }

    private void Open(SafeFileHandle file)
    {
        _file = file;
        StoreHeader header = default;
        Fill(MemoryMarshal.AsBytes(new Span<StoreHeader>(ref header)), 0);
        var tables = TableMemory.Of(file, (long)header.TablesOffset, (int)header.TablesLength);
        _blocks = new BlockTable(tables, NodeTable.SizeOf(header.NodeCount, header.TextLength), (int)header.BlockCount);
        _decoder = new BlockDecoder(_file, _blocks, (int)header.MaxStoredLength, new ArchiveLimits().DecoderMemory);
    }

    private void Fill(Span<byte> part, long position)
    {
        if (RandomAccess.Read(_file, part, position) != part.Length)
        {
            throw new InvalidDataException("the store ends early");
        }
    }
}
