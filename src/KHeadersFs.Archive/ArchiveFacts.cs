using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Archive;

/// <summary>What is known of an archive's file once a store has been built from it; empty until then.</summary>
public sealed class ArchiveFacts
{
    /// <summary>How the tar is wrapped: "xz", "gzip", "zstd" or "tar".</summary>
    public string Format { get; internal set; } = "";

    /// <summary>Bytes of the file; of a module's, those of the archive in it.</summary>
    public long CompressedBytes { get; internal set; }

    /// <summary>Bytes of the tar.</summary>
    public long DecodedBytes { get; internal set; }

    /// <summary>What an .xz file tells of itself; null for the other formats.</summary>
    public XzFacts? Xz { get; internal set; }
}
