namespace KHeadersFs.Archive.Decoding;

/// <summary>What makes a tar, or a module's file, of the bytes of a file in some format; forward only. Not for two threads at once.</summary>
internal interface IDecoder : IDisposable
{
    /// <summary>Writes decoded bytes to <paramref name="output"/>, one at least; returns how many, 0 only at the end of the whole file.</summary>
    /// <exception cref="ArchiveException">The file is damaged, cannot be read, or is beyond the limits.</exception>
    int Read(Span<byte> output);
}
