using KHeadersFs.Archive.Cache;
using KHeadersFs.Archive.Tar;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Archive.Xz;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Store;

/// <summary>Builds a store from an archive in one forward pass: decode, index, pack.</summary>
public static class StoreBuilder
{
    /// <summary>
    /// Reads the archive in <paramref name="source"/> to its end and returns its store: a sealed file in memory or, with a
    /// cache that works, a file of the cache.
    /// </summary>
    /// <param name="source">The .tar.xz: any descriptor that can be read, also one that can neither seek nor be mapped. It is closed.</param>
    /// <param name="limits">What the archive may ask for.</param>
    /// <param name="warn">Takes a line, without the archive's name, for each member that is left out.</param>
    /// <param name="cache">Where stores are kept, or null.</param>
    /// <exception cref="ArchiveException">It is no headers archive, it is damaged, or it is beyond <paramref name="limits"/>.</exception>
    /// <exception cref="IOException">There is no memory left for the store.</exception>
    public static SafeFileHandle Build(
        SafeFileHandle source, ArchiveLimits limits, Action<string> warn, StoreCache? cache = null)
    {
        if (cache is null)
        {
            using ArchiveSpool archive = ArchiveSpool.Take(source, limits);
            return Build(archive, limits, warn);
        }

        // Of a store that is kept, nothing of the archive is needed in memory.
        string? expected = ArchiveSpool.TryHash(source, limits);
        if (expected is not null && cache.TryOpen(expected) is { } kept)
        {
            source.Dispose();
            return kept;
        }

        using ArchiveSpool spool = ArchiveSpool.Take(source, limits);
        string key = spool.Hash(); // of what is built from: a file may have changed since
        if (!string.Equals(key, expected, StringComparison.Ordinal) && cache.TryOpen(key) is { } other)
        {
            return other;
        }

        SafeFileHandle store = Build(spool, limits, warn);
        if (cache.TrySave(key, store) is { } saved)
        {
            store.Dispose();
            return saved;
        }

        return store;
    }

    private static SafeFileHandle Build(ArchiveSpool spool, ArchiveLimits limits, Action<string> warn)
    {
        XzIndex index = XzIndex.Read(spool, limits);
        SafeFileHandle store = MemoryFile.Create("kheadersfs-store");
        try
        {
            Fill(store, spool, index, limits, warn);
            MemoryFile.Seal(store);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static void Fill(
        SafeFileHandle store, ArchiveSpool spool, XzIndex index, ArchiveLimits limits, Action<string> warn)
    {
        var writer = new StoreWriter(store);
        var tree = new TreeBuilder(limits.Nodes);
        using (DecodedStream decoded = ParallelXzStream.Suits(index)
            ? new ParallelXzStream(spool, index, limits.DecoderMemory)
            : new XzStream(spool, index, limits.DecoderMemory))
        {
            if (OriginalBlocks.Suits(index))
            {
                // The stream's other threads have begun meanwhile.
                OriginalBlocks.Copy(spool, index, writer);
                Index(tree, new OriginalBlocks(decoded), decoded, warn);
            }
            else
            {
                using var packed = new PackedBlocks(writer);
                Index(tree, packed, decoded, warn);
            }
        }

        writer.Finish(TreeFreezer.Freeze(tree));
    }

    private static void Index(TreeBuilder tree, IBodySink bodies, DecodedStream decoded, Action<string> warn)
    {
        var indexer = new TarIndexer(tree, bodies, warn);
        indexer.Read(decoded);
        decoded.Drain();
        bodies.Complete();
        if (indexer.Headers == 0)
        {
            throw new ArchiveException("holds no C headers; give a kheaders.tar.xz");
        }
    }
}
