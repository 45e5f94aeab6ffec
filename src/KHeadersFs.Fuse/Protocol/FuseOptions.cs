namespace KHeadersFs.Fuse;

/// <summary>What a dispatcher offers to the kernel.</summary>
public sealed class FuseOptions
{
    /// <summary>
    /// The longest validity, in seconds. The kernel caps it in timespec64_to_jiffies (kernel/time/time.c:
    /// MAX_SEC_IN_JIFFIES), far enough below overflow to add the present time; a larger value would be negative in
    /// its signed tv_sec.
    /// </summary>
    public const ulong Forever = long.MaxValue;

    /// <summary>
    /// How long the kernel keeps entries, present or absent, and attributes, in seconds. <see cref="Forever"/>.
    /// </summary>
    public ulong ValidSeconds { get; init; } = Forever;

    /// <summary>
    /// After how many seconds without an answer the kernel may end the connection, where it knows such a limit (Linux 6.15). 0 asks for
    /// nothing: then the administrator's default counts (fs.fuse.default_request_timeout), which may be none. The administrator's
    /// fs.fuse.max_request_timeout caps it (fs/fuse/inode.c: init_server_timeout).
    /// </summary>
    public ushort RequestTimeout { get; init; }

    /// <summary>
    /// Lets the kernel choose between READDIR and READDIRPLUS (FUSE_READDIRPLUS_AUTO). Off: it always takes the
    /// latter, which saves a LOOKUP for each entry of a directory that is listed and then used.
    /// </summary>
    public bool ReadDirPlusAuto { get; init; }

    /// <summary>
    /// Read-ahead requests that the kernel keeps under way at once; its own default is 12. At least 1.
    /// </summary>
    public ushort MaxBackground { get; init; } = 16;
}
