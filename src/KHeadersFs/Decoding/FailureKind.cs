namespace KHeadersFs.Decoding;

/// <summary>How decoding has failed.</summary>
internal enum FailureKind
{
    /// <summary>The archive cannot be used.</summary>
    Archive,

    /// <summary>No archive can be taken out of the module.</summary>
    Module,

    /// <summary>A system call; with errno, the words are its subject.</summary>
    System,

    /// <summary>There is no memory left.</summary>
    Memory,

    /// <summary>A fault of the program.</summary>
    Fault,
}
