namespace KHeadersFs.Priming;

/// <summary>What the walker has done, of one batch or of all. 32 bytes; the answer to a batch.</summary>
internal struct WalkResult
{
    /// <summary>Entries of directories, without "." and "..".</summary>
    internal long Names;

    /// <summary>Names that are not there.</summary>
    internal long AbsentNames;

    /// <summary>Files read.</summary>
    internal long Files;

    /// <summary>Bytes of files read.</summary>
    internal long Bytes;

    /// <summary>Adds the result of a batch.</summary>
    internal void Add(in WalkResult batch)
    {
        Names += batch.Names;
        AbsentNames += batch.AbsentNames;
        Files += batch.Files;
        Bytes += batch.Bytes;
    }
}
