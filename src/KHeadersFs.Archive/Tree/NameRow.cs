namespace KHeadersFs.Archive.Tree;

/// <summary>A name in a directory while the tree is being built: 16 bytes.</summary>
internal struct NameRow
{
    /// <summary>The row of the directory that holds it; the root's is the root.</summary>
    internal int Parent;

    /// <summary>What it is the name of.</summary>
    internal int Inode;

    /// <summary>Where its bytes start; they end where those of the next row start.</summary>
    internal int Start;

    /// <summary>The next row of its chain in the hash, or -1.</summary>
    internal int Next;
}
