namespace KHeadersFs.Decoding;

/// <summary>What is made of what.</summary>
internal enum DecoderTask
{
    /// <summary>A store, of an archive.</summary>
    BuildStore,

    /// <summary>A store, of the archive in a module's file.</summary>
    BuildStoreOfModule,

    /// <summary>An archive, out of a module's file: for the cache, where both are kept by one name.</summary>
    TakeArchive,
}
