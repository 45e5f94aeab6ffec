namespace KHeadersFs.Archive.Decoding;

/// <summary>Which decoder reads which format, of those that are read forward; an .xz file is read from its end (Xz/XzDecoder.cs).</summary>
internal static class Decoders
{
    /// <summary>The decoder of <paramref name="file"/>, to be disposed of before the file is.</summary>
    /// <exception cref="ArchiveException">The format is not read; the message names it.</exception>
    internal static IDecoder Of(ArchiveInput file, ArchiveLimits limits) => file.Format switch
    {
        FileFormat.Zstd => new ZstdDecoder(file, limits.DecoderMemory),
        FileFormat.Gzip => new GzipDecoder(file),
        FileFormat.Tar => file,
        _ => throw FileFormats.Refusal(file.Format),
    };
}
