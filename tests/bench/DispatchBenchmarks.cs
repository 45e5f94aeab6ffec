using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Fuse;
using KHeadersFs.Fuse.Wire;
using KHeadersFs.Serving;

namespace KHeadersFs.Bench;

/// <summary>One request through all that is ours: bytes as the kernel writes them in, the reply out.</summary>
public class DispatchBenchmarks
{
    private const uint Page = 4096;

    private readonly byte[] _reply = new byte[FuseDispatcher.ReplyBufferSize];
    private HeaderStore _store = null!;
    private FuseDispatcher _dispatcher = null!;
    private byte[][] _present = [];
    private byte[][] _absent = [];
    private byte[][] _attributes = [];
    private byte[][] _reads = [];
    private byte[] _read = [];
    private byte[] _listing = [];
    private byte[] _listingPlus = [];
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        _store = HeaderStore.Open(BenchArchive.Packed());
        NodeTable nodes = _store.Nodes;
        _dispatcher = new FuseDispatcher(
            new HeaderFileSystem(_store, 0, 0, 0, 0, static e => throw new InvalidOperationException(e.Message, e)), new FuseOptions());
        Expect(_dispatcher.Dispatch(Request(FuseOpcode.FUSE_INIT, 0, new FuseInitIn { Major = 7, Minor = 45, Flags = uint.MaxValue }), _reply));

        int[] files = BenchArchive.Files(nodes, static _ => true);
        _present = [.. files.Select(f => Lookup(nodes.Parent(f), nodes.Name(f)))];
        _absent = [.. files.Select(f => Lookup(nodes.Parent(f), [.. nodes.Name(f), (byte)'x']))];
        _attributes = [.. files.Select(static f => Request(FuseOpcode.FUSE_GETATTR, f, default(FuseGetattrIn)))];

        // Smaller than a block, in an order in which no block is still in its slot when its turn comes again.
        int[] small = BenchArchive.Files(nodes, f => nodes.Size(f) is > 0 and < 8 << 10);
        _reads = [.. small.Select(static f => Read(FuseOpcode.FUSE_READ, f))];
        _read = _reads[0];
        int largest = Enumerable.Range(0, nodes.Count).Where(n => nodes.Kind(n) == NodeKind.Directory).MaxBy(nodes.ChildCount);
        _listing = Read(FuseOpcode.FUSE_READDIR, largest);
        _listingPlus = Read(FuseOpcode.FUSE_READDIRPLUS, largest);
    }

    [GlobalCleanup]
    public void Cleanup() => _store.Dispose();

    [Benchmark]
    public int LookupPresent() => Next(_present);

    [Benchmark]
    public int LookupAbsent() => Next(_absent);

    [Benchmark]
    public int GetAttributes() => Next(_attributes);

    /// <summary>A small file whose block is in its slot.</summary>
    [Benchmark]
    public int ReadCached() => Send(_read);

    /// <summary>A small file whose block is not.</summary>
    [Benchmark]
    public int ReadUncached() => Next(_reads);

    /// <summary>A page of names.</summary>
    [Benchmark]
    public int ReadDirectory() => Send(_listing);

    /// <summary>A page of names and attributes.</summary>
    [Benchmark]
    public int ReadDirectoryPlus() => Send(_listingPlus);

    private int Next(byte[][] requests)
    {
        _next = _next + 1 < requests.Length ? _next + 1 : 0;
        return Send(requests[_next]);
    }

    private int Send(byte[] request) => Expect(_dispatcher.Dispatch(request, _reply));

    private int Expect(int length) => length > 0 && MemoryMarshal.Read<FuseOutHeader>(_reply).Error == 0
        ? length
        : throw new InvalidOperationException("the reply is an error");

    private static byte[] Lookup(int directory, ReadOnlySpan<byte> name) => Request(FuseOpcode.FUSE_LOOKUP, directory, [.. name, 0]);

    private static byte[] Read(FuseOpcode opcode, int node) =>
        Request(opcode, node, new FuseReadIn { Size = opcode == FuseOpcode.FUSE_READ ? 2 * Page : Page });

    private static byte[] Request<T>(FuseOpcode opcode, int node, in T body)
        where T : unmanaged => Request(opcode, node, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in body)));

    private static unsafe byte[] Request(FuseOpcode opcode, int node, ReadOnlySpan<byte> body)
    {
        var header = new FuseInHeader
        {
            Len = (uint)(sizeof(FuseInHeader) + body.Length),
            Opcode = (uint)opcode,
            Unique = 2,
            Nodeid = (ulong)node + 1,
        };
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<FuseInHeader>(in header)), .. body];
    }
}
