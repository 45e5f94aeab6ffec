namespace KHeadersFs.Fuse.Wire;

/// <summary>
/// Feature flags of INIT: those that this library asks for. Offered by the kernel, echoed when wanted. The upper half travels in
/// flags2.
/// </summary>
[Flags]
internal enum FuseInitFlags : ulong
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Several READs of one file at once (read-ahead).</summary>
    FUSE_ASYNC_READ = 1 << 0,

    /// <summary>LOOKUP finds "." and ".." in a node that the kernel has forgotten: handles of name_to_handle_at(2) stay good (7.10).</summary>
    FUSE_EXPORT_SUPPORT = 1 << 4,

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

    /// <summary>flags2 counts (7.36).</summary>
    FUSE_INIT_EXT = 1 << 30,

    /// <summary>The kernel sends again what has been read and not been answered, when asked to (7.40, Linux 6.9).</summary>
    FUSE_HAS_RESEND = 1UL << 39,

    /// <summary>fuse_init_out.request_timeout counts (7.43, Linux 6.15).</summary>
    FUSE_REQUEST_TIMEOUT = 1UL << 42,
}
