namespace KHeadersFs.Fuse;

/// <summary>Operations of the FUSE protocol, in the spelling of &lt;linux/fuse.h&gt; (enum fuse_opcode).</summary>
public enum FuseOpcode : uint
{
    /// <summary>Find a name in a directory.</summary>
    FUSE_LOOKUP = 1,

    /// <summary>Drop references to a node; never answered.</summary>
    FUSE_FORGET = 2,

    /// <summary>Attributes of a node.</summary>
    FUSE_GETATTR = 3,

    /// <summary>Change attributes.</summary>
    FUSE_SETATTR = 4,

    /// <summary>Target of a symbolic link.</summary>
    FUSE_READLINK = 5,

    /// <summary>Make a symbolic link.</summary>
    FUSE_SYMLINK = 6,

    /// <summary>Make a node.</summary>
    FUSE_MKNOD = 8,

    /// <summary>Make a directory.</summary>
    FUSE_MKDIR = 9,

    /// <summary>Remove a name.</summary>
    FUSE_UNLINK = 10,

    /// <summary>Remove a directory.</summary>
    FUSE_RMDIR = 11,

    /// <summary>Rename.</summary>
    FUSE_RENAME = 12,

    /// <summary>Make a hard link.</summary>
    FUSE_LINK = 13,

    /// <summary>Open a file.</summary>
    FUSE_OPEN = 14,

    /// <summary>Read a file.</summary>
    FUSE_READ = 15,

    /// <summary>Write a file.</summary>
    FUSE_WRITE = 16,

    /// <summary>Statistics of the file system.</summary>
    FUSE_STATFS = 17,

    /// <summary>Last close of an open file.</summary>
    FUSE_RELEASE = 18,

    /// <summary>Flush a file to its storage.</summary>
    FUSE_FSYNC = 20,

    /// <summary>Set an extended attribute.</summary>
    FUSE_SETXATTR = 21,

    /// <summary>Get an extended attribute.</summary>
    FUSE_GETXATTR = 22,

    /// <summary>List extended attributes.</summary>
    FUSE_LISTXATTR = 23,

    /// <summary>Remove an extended attribute.</summary>
    FUSE_REMOVEXATTR = 24,

    /// <summary>close(2) of a descriptor.</summary>
    FUSE_FLUSH = 25,

    /// <summary>Negotiation; the first request of a connection.</summary>
    FUSE_INIT = 26,

    /// <summary>Open a directory.</summary>
    FUSE_OPENDIR = 27,

    /// <summary>Names in a directory.</summary>
    FUSE_READDIR = 28,

    /// <summary>Last close of an open directory.</summary>
    FUSE_RELEASEDIR = 29,

    /// <summary>Flush a directory to its storage.</summary>
    FUSE_FSYNCDIR = 30,

    /// <summary>Test a lock.</summary>
    FUSE_GETLK = 31,

    /// <summary>Take a lock.</summary>
    FUSE_SETLK = 32,

    /// <summary>Wait for a lock.</summary>
    FUSE_SETLKW = 33,

    /// <summary>access(2).</summary>
    FUSE_ACCESS = 34,

    /// <summary>Create and open a file.</summary>
    FUSE_CREATE = 35,

    /// <summary>A request's caller got a signal; never answered.</summary>
    FUSE_INTERRUPT = 36,

    /// <summary>Block number on a block device.</summary>
    FUSE_BMAP = 37,

    /// <summary>Last request of a connection (fuseblk and virtiofs only).</summary>
    FUSE_DESTROY = 38,

    /// <summary>ioctl(2).</summary>
    FUSE_IOCTL = 39,

    /// <summary>poll(2).</summary>
    FUSE_POLL = 40,

    /// <summary>Data for NOTIFY_RETRIEVE; never answered.</summary>
    FUSE_NOTIFY_REPLY = 41,

    /// <summary>Several FORGETs; never answered.</summary>
    FUSE_BATCH_FORGET = 42,

    /// <summary>fallocate(2).</summary>
    FUSE_FALLOCATE = 43,

    /// <summary>Names in a directory with their attributes.</summary>
    FUSE_READDIRPLUS = 44,

    /// <summary>renameat2(2).</summary>
    FUSE_RENAME2 = 45,

    /// <summary>SEEK_HOLE and SEEK_DATA.</summary>
    FUSE_LSEEK = 46,

    /// <summary>copy_file_range(2).</summary>
    FUSE_COPY_FILE_RANGE = 47,

    /// <summary>Map a file for DAX.</summary>
    FUSE_SETUPMAPPING = 48,

    /// <summary>Undo a DAX mapping.</summary>
    FUSE_REMOVEMAPPING = 49,

    /// <summary>syncfs(2).</summary>
    FUSE_SYNCFS = 50,

    /// <summary>O_TMPFILE.</summary>
    FUSE_TMPFILE = 51,

    /// <summary>statx(2) with a birth time (7.39).</summary>
    FUSE_STATX = 52,

    /// <summary>copy_file_range(2) with a 64-bit result (7.45).</summary>
    FUSE_COPY_FILE_RANGE_64 = 53,
}
