using System.Diagnostics;
using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Archive;

/// <summary>What is known of an archive's file once a store has been built from it; empty until then, but for <see cref="Progress"/>.</summary>
public sealed class ArchiveFacts
{
    private volatile Counter? _counter;

    /// <summary>
    /// While the store is built, for any thread: bytes that have been read, of those that there will be or 0 where nobody knows. First those
    /// of the file, then, of an .xz, decoded ones; and how long those have been read for.
    /// </summary>
    public (long Done, long Expected, TimeSpan Elapsed) Progress =>
        _counter is { } counter ? (counter.Done(), counter.Expected, Stopwatch.GetElapsedTime(counter.Started)) : default;

    /// <summary>How the tar is wrapped: "xz", "gzip", "zstd" or "tar".</summary>
    public string Format { get; internal set; } = "";

    /// <summary>Bytes of the file; of a module's, those of the archive in it.</summary>
    public long CompressedBytes { get; internal set; }

    /// <summary>Bytes of the tar.</summary>
    public long DecodedBytes { get; internal set; }

    /// <summary>What an .xz file tells of itself; null for the other formats.</summary>
    public XzFacts? Xz { get; internal set; }

    /// <summary>Progress that another process has told of.</summary>
    public void Tell(long done, long expected, TimeSpan elapsed) =>
        _counter = new Counter(() => done, expected, Stopwatch.GetTimestamp() - (long)(elapsed.TotalSeconds * Stopwatch.Frequency));

    /// <summary>From now on progress is what <paramref name="done"/> says, of <paramref name="expected"/> bytes or, with 0, of any number.</summary>
    internal void Follow(Func<long> done, long expected) => _counter = new Counter(done, expected, Stopwatch.GetTimestamp());

    private sealed record Counter(Func<long> Done, long Expected, long Started);
}
