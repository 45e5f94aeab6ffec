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
        if (expected is not null && cache.TryOpen(expected + limits.CacheKeySuffix) is { } kept)
        {
            source.Dispose();
            return kept;
        }

        using ArchiveSpool spool = ArchiveSpool.Take(source, limits);
        return Build(spool, expected, limits, warn, cache);
    }

    /// <summary>The same for an archive that has been taken into memory; what has been read of it is given back, so only once.</summary>
    /// <param name="archive">The .tar.xz, which stays the caller's to dispose of.</param>
    /// <param name="limits">What the archive may ask for.</param>
    /// <param name="warn">Takes a line, without the archive's name, for each member that is left out.</param>
    /// <param name="cache">Where stores are kept, or null.</param>
    /// <exception cref="ArchiveException">It is no headers archive, it is damaged, or it is beyond <paramref name="limits"/>.</exception>
    /// <exception cref="IOException">There is no memory left for the store.</exception>
    public static SafeFileHandle Build(ArchiveSpool archive, ArchiveLimits limits, Action<string> warn, StoreCache? cache = null) =>
        cache is null ? Build(archive, limits, warn) : Build(archive, expected: null, limits, warn, cache);

    /// <summary>From the cache, or into it; with <paramref name="expected"/>, a hash that it has been asked for already.</summary>
    private static SafeFileHandle Build(
        ArchiveSpool spool, string? expected, ArchiveLimits limits, Action<string> warn, StoreCache cache)
    {
        string key = spool.Hash(); // of what is built from: a file may have changed since
        bool changed = !string.Equals(key, expected, StringComparison.Ordinal);
        key += limits.CacheKeySuffix;
        if (changed && cache.TryOpen(key) is { } other)
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
        long compressed = spool.Bytes.Length;
        var writer = new StoreWriter(store, limits.StoreBytes > 0 ? limits.StoreBytes : compressed + (compressed / 2) + (8 << 20));
        using var tree = new TreeBuilder(limits);
        using (DecodedStream decoded = ParallelXzStream.Suits(index)
            ? new ParallelXzStream(spool, index, limits.DecoderMemory)
            : new XzStream(spool, index, limits.DecoderMemory))
        using (IBodySink bodies = OriginalBlocks.Suits(index)
            ? OriginalBlocks.Copy(spool, index, writer) // the stream's other threads have begun meanwhile
            : new PackedBlocks(writer))
        {
            var indexer = new TarIndexer(tree, bodies, limits, warn);
            indexer.Read(decoded);
            bodies.Complete();
            if (indexer.Headers == 0)
            {
                throw new ArchiveException("holds no C headers; give a kheaders.tar.xz");
            }
        }

        // The decoder's memory has been given back.
        using var freezer = new TreeFreezer(tree);
        writer.Finish(freezer);
    }
}
