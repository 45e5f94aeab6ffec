namespace KHeadersFs.Priming;

/// <summary>What the walker does with a path; one byte of a <see cref="WalkBatch"/>.</summary>
internal enum WalkAction : byte
{
    /// <summary>Read the directory to its end: READDIRPLUS teaches the kernel all its names with their attributes.</summary>
    List = (byte)'l',

    /// <summary>Look for a name that is not there: LOOKUP teaches the kernel that it is absent.</summary>
    Miss = (byte)'m',

    /// <summary>Read a file ahead: READ brings it into the page cache.</summary>
    Read = (byte)'r',
}
