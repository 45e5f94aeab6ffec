namespace KHeadersFs.Headers;

/// <summary>What a directory is to those who look for a kernel's headers in it.</summary>
internal enum HeaderState
{
    /// <summary>The headers are here, all that compilers need: with those that kbuild generates.</summary>
    Complete,

    /// <summary>Those that are generated are here, the others in the tree that it was configured from: Debian's packages, and builds with O=.</summary>
    Split,

    /// <summary>Headers of a source tree in which "make prepare" was not run: nothing that is generated is here, so nothing compiles.</summary>
    Unfinished,

    /// <summary>A build directory (it has a Makefile, or generated headers), and the tree with its headers is not there.</summary>
    Remains,

    /// <summary>A directory with something else in it.</summary>
    Other,

    /// <summary>An empty directory.</summary>
    Empty,

    /// <summary>Nothing has this name, or a symbolic link there leads to nothing (ENOENT).</summary>
    Absent,

    /// <summary>It is no directory.</summary>
    NoDirectory,

    /// <summary>This user may not look into it (EACCES): that says nothing about what is in it.</summary>
    Denied,

    /// <summary>It is a mount whose server has died (ENOTCONN, ECONNABORTED).</summary>
    Dead,

    /// <summary>Another error: <see cref="HeaderTree.Errno"/>.</summary>
    Unreadable,
}
