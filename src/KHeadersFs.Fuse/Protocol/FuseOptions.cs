namespace KHeadersFs.Fuse;

/// <summary>What a dispatcher offers to the kernel.</summary>
public sealed class FuseOptions
{
    /// <summary>How long the kernel keeps entries, present or absent, and attributes. <see cref="Validity.Forever"/>.</summary>
    public Validity Validity { get; init; } = Validity.Forever;

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
