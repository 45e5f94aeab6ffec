namespace KHeadersFs.Fuse;

/// <summary>What stat(2) shows of one node. The access time equals the modification time; rdev is 0.</summary>
public struct NodeAttributes
{
    /// <summary>
    /// Identifies the node for the life of the connection, and is its inode number. The root is 1; 0 is no node.
    /// </summary>
    public ulong NodeId;

    /// <summary>
    /// Tells nodes of one id in different trees apart, so that a handle (open_by_handle_at(2)) of another tree is ESTALE. The same in every
    /// answer about a node; 0 for the root, as the kernel takes it to be (fs/fuse/inode.c: fuse_get_root_inode).
    /// </summary>
    public uint Generation;

    /// <summary>Length in bytes; of a symbolic link, that of its target.</summary>
    public ulong Size;

    /// <summary>Modification time, seconds since 1970 UTC.</summary>
    public long ModifiedSeconds;

    /// <summary>Nanoseconds of the modification time, below 1,000,000,000.</summary>
    public uint ModifiedNanoseconds;

    /// <summary>Change time, seconds since 1970 UTC: what caches go by, as nobody can set it.</summary>
    public long ChangedSeconds;

    /// <summary>Nanoseconds of the change time, below 1,000,000,000.</summary>
    public uint ChangedNanoseconds;

    /// <summary>File type (S_IFREG, S_IFDIR, S_IFLNK...) and permission bits, as in st_mode.</summary>
    public uint Mode;

    /// <summary>Number of names; 2 + number of subdirectories for a directory.</summary>
    public uint LinkCount;

    /// <summary>Owner.</summary>
    public uint UserId;

    /// <summary>Group.</summary>
    public uint GroupId;
}
