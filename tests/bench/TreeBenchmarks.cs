using BenchmarkDotNet.Attributes;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Bench;

/// <summary>The binary search by which a name is found in its directory, and the look whether the tree is one.</summary>
public class TreeBenchmarks
{
    private HeaderStore _store = null!;
    private NodeTable _nodes = null!;
    private int[] _files = [];
    private byte[][] _present = [];
    private byte[][] _absent = [];
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        _store = HeaderStore.Open(BenchArchive.Packed());
        _nodes = _store.Nodes;
        _files = BenchArchive.Files(_nodes, static _ => true);
        _present = [.. _files.Select(f => _nodes.Name(f).ToArray())];
        _absent = [.. _present.Select(static name => (byte[])[.. name[..^1], (byte)'x'])];
    }

    [GlobalCleanup]
    public void Cleanup() => _store.Dispose();

    [Benchmark]
    public int LookupPresent() => Lookup(_present);

    [Benchmark]
    public int LookupAbsent() => Lookup(_absent);

    /// <summary>What opening a store costs beside its checksum.</summary>
    [Benchmark]
    public string? Check() => new TreeCheck(_nodes, ulong.MaxValue).FindFault();

    private int Lookup(byte[][] names)
    {
        int at = _next = _next + 1 < _files.Length ? _next + 1 : 0;
        return _nodes.Lookup(_nodes.Parent(_files[at]), names[at]);
    }
}
