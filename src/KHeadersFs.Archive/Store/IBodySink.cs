namespace KHeadersFs.Archive.Store;

/// <summary>Where the bodies of files go while the archive is read.</summary>
internal interface IBodySink
{
    /// <summary>Takes a body of <paramref name="size"/> bytes and returns its position in the body space.</summary>
    /// <param name="body">The body; what is not read of it is passed over.</param>
    /// <param name="size">Size in bytes, more than 0.</param>
    ulong Add(Stream body, long size);

    /// <summary>No more bodies come: all blocks are in the store when this returns.</summary>
    void Complete();
}
