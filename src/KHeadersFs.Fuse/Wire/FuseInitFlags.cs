namespace KHeadersFs.Fuse.Wire;

/// <summary>
/// Feature flags of INIT: those that this library asks for. Offered by the kernel, echoed when wanted.
/// </summary>
[Flags]
internal enum FuseInitFlags : uint
{
    /// <summary>Several READs of one file at once (read-ahead).</summary>
    FUSE_ASYNC_READ = 1 << 0,

    /// <summary>The kernel may send READDIRPLUS (7.21).</summary>
    FUSE_DO_READDIRPLUS = 1 << 13,

    /// <summary>The kernel chooses between READDIR and READDIRPLUS (7.21).</summary>
    FUSE_READDIRPLUS_AUTO = 1 << 14,

    /// <summary>ENOSYS to OPEN means: never ask again (7.23).</summary>
    FUSE_NO_OPEN_SUPPORT = 1 << 17,

    /// <summary>Lookups and readdirs in one directory need no mutual exclusion (7.25).</summary>
    FUSE_PARALLEL_DIROPS = 1 << 18,

    /// <summary>
    /// A read after an abort is ECONNABORTED instead of ENODEV: the session can say why it ended (7.27).
    /// </summary>
    FUSE_ABORT_ERROR = 1 << 21,

    /// <summary>fuse_init_out.max_pages counts (7.28).</summary>
    FUSE_MAX_PAGES = 1 << 22,

    /// <summary>Symbolic link targets are cached (7.28).</summary>
    FUSE_CACHE_SYMLINKS = 1 << 23,

    /// <summary>ENOSYS to OPENDIR means: never ask again (7.29).</summary>
    FUSE_NO_OPENDIR_SUPPORT = 1 << 24,
}
