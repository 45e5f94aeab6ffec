using KHeadersFs.Archive.Cache;
using KHeadersFs.Archive.Decoding;
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
    /// <param name="source">
    /// The tar, in .xz, gzip, zstd or nothing: any descriptor that can be read, also one that can neither seek nor be mapped. It is closed.
    /// </param>
    /// <param name="limits">What the archive may ask for.</param>
    /// <param name="warn">Takes a line, without the archive's name, for each member that is left out.</param>
    /// <param name="cache">Where stores are kept, or null.</param>
    /// <param name="facts">Takes what becomes known of the file; null for nobody.</param>
    /// <exception cref="ArchiveException">It is no headers archive, it is damaged, or it is beyond <paramref name="limits"/>.</exception>
    /// <exception cref="IOException">There is no memory left for the store.</exception>
    public static SafeFileHandle Build(
        SafeFileHandle source, ArchiveLimits limits, Action<string> warn, StoreCache? cache = null, ArchiveFacts? facts = null)
    {
        // Of a store that is kept, nothing of the archive is needed in memory.
        string? asked = cache is not null && ArchiveSpool.TryHash(source, limits) is { } seen ? seen + limits.CacheKeySuffix : null;
        if (asked is not null && cache!.TryOpen(asked) is { } kept)
        {
            source.Dispose();
            return kept;
        }

        // Of what is built from: a file may have changed since.
        using Sha256? hash = cache is null ? null : new Sha256();
        using var input = new ArchiveInput(source, limits, hash);
        facts?.Follow(() => input.Length, input.Expected);
        if (input.Format != FileFormat.Xz)
        {
            SafeFileHandle store = Build(input, limits, warn, facts);
            return cache is null ? store : Keep(store, KeyOf(hash!, limits), asked, cache);
        }

        using ArchiveSpool spool = ArchiveSpool.Take(input);
        return cache is null ? Build(spool, limits, warn, facts) : Build(spool, KeyOf(hash!, limits), asked, limits, warn, cache, facts);
    }

    /// <summary>The same for an .xz file that has been taken into memory; what has been read of it is given back, so only once.</summary>
    /// <param name="archive">The .tar.xz, which stays the caller's to dispose of.</param>
    /// <param name="limits">What the archive may ask for.</param>
    /// <param name="warn">Takes a line, without the archive's name, for each member that is left out.</param>
    /// <param name="cache">Where stores are kept, or null.</param>
    /// <param name="facts">Takes what becomes known of the file; null for nobody.</param>
    /// <exception cref="ArchiveException">It is no headers archive, it is damaged, or it is beyond <paramref name="limits"/>.</exception>
    /// <exception cref="IOException">There is no memory left for the store.</exception>
    public static SafeFileHandle Build(
        ArchiveSpool archive, ArchiveLimits limits, Action<string> warn, StoreCache? cache = null, ArchiveFacts? facts = null)
    {
        if (cache is null)
        {
            return Build(archive, limits, warn, facts);
        }

        using var hash = new Sha256();
        hash.Append(archive.Bytes);
        return Build(archive, KeyOf(hash, limits), asked: null, limits, warn, cache, facts);
    }

    private static string KeyOf(Sha256 hash, ArchiveLimits limits) => Convert.ToHexStringLower(hash.Finish()) + limits.CacheKeySuffix;

    /// <summary>From the cache, or into it. It has been asked for the key <paramref name="asked"/> before.</summary>
    private static SafeFileHandle Build(
        ArchiveSpool spool, string key, string? asked, ArchiveLimits limits, Action<string> warn, StoreCache cache, ArchiveFacts? facts) =>
        TryOpen(key, asked, cache) ?? Keep(Build(spool, limits, warn, facts), key, key, cache);

    private static SafeFileHandle? TryOpen(string key, string? asked, StoreCache cache) =>
        string.Equals(key, asked, StringComparison.Ordinal) ? null : cache.TryOpen(key);

    /// <summary>A file of the cache in the place of a store, which has become it if need be; the store where that fails.</summary>
    private static SafeFileHandle Keep(SafeFileHandle store, string key, string? asked, StoreCache cache)
    {
        if ((TryOpen(key, asked, cache) ?? cache.TrySave(key, store)) is { } saved)
        {
            store.Dispose();
            return saved;
        }

        return store;
    }

    private static SafeFileHandle Build(ArchiveSpool spool, ArchiveLimits limits, Action<string> warn, ArchiveFacts? facts)
    {
        XzIndex index = XzIndex.Read(spool, limits);
        long length = spool.Bytes.Length;
        if (facts is not null)
        {
            facts.Format = "xz";
            facts.Xz = XzFacts.Of(spool, index);
        }

        return Build(
            limits,
            warn,
            facts,
            () => length,
            () => ParallelXzStream.Suits(index)
                ? new ParallelXzStream(spool, index, limits.DecoderMemory)
                : new DecoderStream(new XzDecoder(spool, index, limits.DecoderMemory), limits),
            writer => OriginalBlocks.Suits(index)
                ? OriginalBlocks.Copy(spool, index, writer) // the stream's other threads have begun meanwhile
                : new PackedBlocks(writer));
    }

    private static SafeFileHandle Build(ArchiveInput input, ArchiveLimits limits, Action<string> warn, ArchiveFacts? facts)
    {
        if (facts is not null)
        {
            facts.Format = input.Format switch { FileFormat.Gzip => "gzip", FileFormat.Zstd => "zstd", _ => "tar" };
        }

        return Build(
            limits,
            warn,
            facts,
            () => input.Length,
            () => new DecoderStream(Decoders.Of(input, limits), limits),
            static writer => new PackedBlocks(writer));
    }

    /// <summary>Builds from whatever is decoded.</summary>
    /// <param name="limits">What the archive may ask for.</param>
    /// <param name="warn">Takes a line for each member that is left out.</param>
    /// <param name="facts">Takes the lengths, if it is there.</param>
    /// <param name="length">Bytes that the archive's file has, or has had so far.</param>
    /// <param name="decode">Starts decoding.</param>
    /// <param name="keepBodies">Begins the store's blocks; called once decoding has started.</param>
    private static SafeFileHandle Build(
        ArchiveLimits limits,
        Action<string> warn,
        ArchiveFacts? facts,
        Func<long> length,
        Func<DecodedStream> decode,
        Func<StoreWriter, IBodySink> keepBodies)
    {
        SafeFileHandle store = MemoryFile.Create("kheadersfs-store");
        try
        {
            var writer = new StoreWriter(store, () => limits.StoreBytes > 0 ? limits.StoreBytes : length() + (length() / 2) + (8 << 20));
            long decoded = Fill(writer, limits, warn, decode, keepBodies, facts);
            if (facts is not null)
            {
                facts.CompressedBytes = length();
                facts.DecodedBytes = decoded;
            }

            MemoryFile.Seal(store);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Returns the bytes of the tar.</summary>
    private static long Fill(
        StoreWriter writer, ArchiveLimits limits, Action<string> warn, Func<DecodedStream> decode, Func<StoreWriter, IBodySink> keepBodies, ArchiveFacts? facts)
    {
        long length;
        using var tree = new TreeBuilder(limits);
        using (DecodedStream decoded = decode())
        using (IBodySink bodies = keepBodies(writer))
        {
            if (facts?.Xz is { } xz)
            {
                facts.Follow(() => decoded.Position, xz.DecodedBytes);
            }

            var indexer = new TarIndexer(tree, bodies, limits, warn);
            indexer.Read(decoded);
            bodies.Complete();
            length = decoded.Position;
            if (indexer.Headers == 0)
            {
                throw new ArchiveException("holds no C headers; give a kheaders.tar.xz");
            }
        }

        // The decoder's memory has been given back.
        using var freezer = new TreeFreezer(tree);
        writer.Finish(freezer);
        return length;
    }
}
