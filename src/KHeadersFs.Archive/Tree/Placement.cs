namespace KHeadersFs.Archive.Tree;

/// <summary>What became of a name that was to be put into a tree.</summary>
internal enum Placement
{
    /// <summary>It is there.</summary>
    Done,

    /// <summary>It is not: something that is not a directory stands on the way.</summary>
    BelowNoDirectory,

    /// <summary>It is not: a directory that is not empty has its name, and it is no directory itself.</summary>
    OverFullDirectory,
}
