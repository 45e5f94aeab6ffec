using KHeadersFs.Archive;
using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tar;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Archive.Views;
using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Bench;

/// <summary>All bodies of an archive in archive order, without packing them.</summary>
internal sealed class BodyCollector : IBodySink
{
    private readonly List<byte[]> _bodies = [];

    public StoredBody Add(DecodedStream archive, long size)
    {
        byte[] bytes = new byte[size];
        _ = archive.Read(bytes);
        _bodies.Add(bytes);
        return default;
    }

    public StoredBody AddSparse(DecodedStream archive, SparseMap map) => default;

    public StoredBody AddMade(ReadOnlySpan<byte> body) => throw new NotSupportedException("no view here makes a file");

    public void Complete()
    {
    }

    public void Dispose()
    {
    }

    internal static List<byte[]> Collect(string archive)
    {
        var limits = new ArchiveLimits();
        using ArchiveSpool spool = ArchiveSpool.Take(new ArchiveInput(File.OpenHandle(archive), limits));
        using var decoded = new DecoderStream(new XzDecoder(spool, XzIndex.Read(spool, limits), limits.DecoderMemory), limits);
        using var collector = new BodyCollector();
        using var tree = new TreeBuilder(limits);
        new TarIndexer(tree, collector, new ArchiveView(), limits, static _ => { }).Read(decoded);
        return collector._bodies;
    }
}
