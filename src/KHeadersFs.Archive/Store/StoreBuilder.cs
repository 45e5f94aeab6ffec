using KHeadersFs.Archive.Cache;
using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Tar;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Archive.Views;
using KHeadersFs.Archive.Xz;
using KHeadersFs.Posix;
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
    /// <param name="options">How.</param>
    /// <exception cref="ArchiveException">It is no headers archive, it is damaged, or it is beyond the limits.</exception>
    /// <exception cref="IOException">There is no memory left for the store.</exception>
    public static SafeFileHandle Build(SafeFileHandle source, BuildOptions options)
    {
        // Of a store that is kept, nothing of the archive is needed in memory.
        StoreCache? cache = options.Cache;
        string? asked = cache is not null && ArchiveSpool.TryHash(source, options.Limits) is { } seen ? seen + options.CacheKeySuffix : null;
        if (asked is not null && cache!.TryOpen(asked) is { } kept)
        {
            source.Dispose();
            return kept;
        }

        // Of what is built from: a file may have changed since.
        using Sha256? hash = cache is null ? null : new Sha256();
        using var input = new ArchiveInput(source, options.Limits, hash);
        options.Facts?.Follow(() => input.Length, input.Expected);
        if (input.Format != FileFormat.Xz)
        {
            SafeFileHandle store = Build(input, options);
            return cache is null ? store : Keep(store, KeyOf(hash!, options), asked, cache);
        }

        using ArchiveSpool spool = ArchiveSpool.Take(input);
        return cache is null ? BuildNew(spool, options) : Build(spool, KeyOf(hash!, options), asked, options, cache);
    }

    /// <summary>The same for an .xz file that has been taken into memory; what has been read of it is given back, so only once.</summary>
    /// <param name="archive">The .tar.xz, which stays the caller's to dispose of.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArchiveException">It is no headers archive, it is damaged, or it is beyond the limits.</exception>
    /// <exception cref="IOException">There is no memory left for the store.</exception>
    public static SafeFileHandle Build(ArchiveSpool archive, BuildOptions options)
    {
        if (options.Cache is not { } cache)
        {
            return BuildNew(archive, options);
        }

        using var hash = new Sha256();
        hash.Append(archive.Bytes);
        return Build(archive, KeyOf(hash, options), asked: null, options, cache);
    }

    /// <summary>
    /// The same with the work done elsewhere, by somebody who is not trusted with the cache: what is kept is named by the bytes that
    /// <paramref name="build"/> is given, in a file that nobody can change.
    /// </summary>
    /// <param name="source">As above.</param>
    /// <param name="options">The cache and the limits; all else is for <paramref name="build"/>.</param>
    /// <param name="build">Builds a store from a file, which it closes.</param>
    /// <exception cref="ArchiveException">It cannot be read, or is beyond the limits; or what <paramref name="build"/> throws.</exception>
    /// <exception cref="IOException">There is no memory left.</exception>
    public static SafeFileHandle Build(SafeFileHandle source, BuildOptions options, Func<SafeFileHandle, SafeFileHandle> build)
    {
        if (options.Cache is not { } cache)
        {
            return build(source);
        }

        string? asked = ArchiveSpool.TryHash(source, options.Limits) is { } seen ? seen + options.CacheKeySuffix : null;
        if (asked is not null && cache.TryOpen(asked) is { } kept)
        {
            source.Dispose();
            return kept;
        }

        if (asked is not null && MemoryFile.IsSealed(source))
        {
            return Keep(build(source), asked, asked, cache);
        }

        using SafeFileHandle copy = Copy(source, options, out string key);
        return TryOpen(key, asked, cache) ?? Keep(build(copy), key, key, cache);
    }

    private static SafeFileHandle Copy(SafeFileHandle source, BuildOptions options, out string key)
    {
        using var hash = new Sha256();
        using var input = new ArchiveInput(source, options.Limits, hash);
        options.Facts?.Follow(() => input.Length, input.Expected);
        SafeFileHandle copy = MemoryFile.Create("kheadersfs-archive");
        try
        {
            long length = 0;
            for (ReadOnlySpan<byte> bytes = input.Peek(); !bytes.IsEmpty; bytes = input.Peek())
            {
                PosixFile.WriteAt(copy, bytes, length);
                length += bytes.Length;
                input.Advance(bytes.Length);
            }

            MemoryFile.Seal(copy);
        }
        catch
        {
            copy.Dispose();
            throw;
        }

        key = KeyOf(hash, options);
        return copy;
    }

    private static string KeyOf(Sha256 hash, BuildOptions options) => Convert.ToHexStringLower(hash.Finish()) + options.CacheKeySuffix;

    /// <summary>From the cache, or into it. It has been asked for the key <paramref name="asked"/> before.</summary>
    private static SafeFileHandle Build(ArchiveSpool spool, string key, string? asked, BuildOptions options, StoreCache cache) =>
        TryOpen(key, asked, cache) ?? Keep(BuildNew(spool, options), key, key, cache);

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

    private static SafeFileHandle BuildNew(ArchiveSpool spool, BuildOptions options)
    {
        XzIndex index = XzIndex.Read(spool, options.Limits);
        long length = spool.Bytes.Length;
        if (options.Facts is { } facts)
        {
            facts.Format = "xz";
            facts.Xz = XzFacts.Of(spool, index);
        }

        return Build(
            options,
            () => length,
            () => ParallelXzStream.Suits(index)
                ? new ParallelXzStream(spool, index, options.Limits.DecoderMemory)
                : new DecoderStream(new XzDecoder(spool, index, options.Limits.DecoderMemory), options.Limits),
            writer => OriginalBlocks.Suits(index) && options.View is not { KeepsBodies: false }
                ? OriginalBlocks.Copy(spool, index, writer) // the stream's other threads have begun meanwhile
                : new PackedBlocks(writer));
    }

    private static SafeFileHandle Build(ArchiveInput input, BuildOptions options)
    {
        if (options.Facts is { } facts)
        {
            facts.Format = input.Format switch { FileFormat.Gzip => "gzip", FileFormat.Zstd => "zstd", _ => "tar" };
        }

        return Build(
            options,
            () => input.Length,
            () => new DecoderStream(Decoders.Of(input, options.Limits), options.Limits),
            static writer => new PackedBlocks(writer));
    }

    /// <summary>Builds from whatever is decoded.</summary>
    /// <param name="options">How.</param>
    /// <param name="length">Bytes that the archive's file has, or has had so far.</param>
    /// <param name="decode">Starts decoding.</param>
    /// <param name="keepBodies">Begins the store's blocks; called once decoding has started.</param>
    private static SafeFileHandle Build(
        BuildOptions options, Func<long> length, Func<DecodedStream> decode, Func<StoreWriter, IBodySink> keepBodies)
    {
        SafeFileHandle store = MemoryFile.Create("kheadersfs-store");
        try
        {
            ArchiveLimits limits = options.Limits;
            var writer = new StoreWriter(store, () => limits.StoreBytes > 0 ? limits.StoreBytes : length() + (length() / 2) + (8 << 20), options.UnderWay);
            long decoded = Fill(writer, options, decode, keepBodies);
            if (options.Facts is { } facts)
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
    private static long Fill(StoreWriter writer, BuildOptions options, Func<DecodedStream> decode, Func<StoreWriter, IBodySink> keepBodies)
    {
        long length;
        using var tree = new TreeBuilder(options.Limits);
        using (DecodedStream decoded = decode())
        using (IBodySink bodies = keepBodies(writer))
        {
            if (options.Facts?.Xz is { } xz)
            {
                options.Facts.Follow(() => decoded.Position, xz.DecodedBytes);
            }

            ArchiveView view = options.View ?? new ArchiveView();
            var indexer = new TarIndexer(tree, bodies, view, options.Limits, options.Warn);
            indexer.Read(decoded);
            bodies.Complete();
            length = decoded.Position;
            if (indexer.Headers == 0)
            {
                throw new ArchiveException(view.NoHeaders);
            }
        }

        // The decoder's memory has been given back.
        using var freezer = new TreeFreezer(tree);
        writer.Finish(freezer);
        return length;
    }
}
