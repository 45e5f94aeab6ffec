using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tar;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Bench;

/// <summary>All bodies of an archive in archive order, without packing them.</summary>
internal sealed class BodyCollector : IBodySink
{
    private readonly List<byte[]> _bodies = [];

    public ulong Add(Stream body, long size)
    {
        byte[] bytes = new byte[size];
        body.ReadExactly(bytes);
        _bodies.Add(bytes);
        return 0;
    }

    public void Complete()
    {
    }

    internal static List<byte[]> Collect(string archive)
    {
        var limits = new ArchiveLimits();
        using ArchiveSpool spool = ArchiveSpool.Take(File.OpenHandle(archive), limits);
        using var decoded = new XzStream(spool, XzIndex.Read(spool, limits), limits.DecoderMemory);
        var collector = new BodyCollector();
        new TarIndexer(new TreeBuilder(limits.Nodes), collector, static _ => { }).Read(decoded);
        return collector._bodies;
    }
}
