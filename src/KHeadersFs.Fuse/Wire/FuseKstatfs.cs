namespace KHeadersFs.Fuse.Wire;

/// <summary>80 bytes. What statfs(2) shows.</summary>
internal unsafe struct FuseKstatfs
{
    internal ulong Blocks;
    internal ulong Bfree;
    internal ulong Bavail;
    internal ulong Files;
    internal ulong Ffree;
    internal uint Bsize;
    internal uint Namelen;
    internal uint Frsize;
    internal uint Padding;
    internal fixed uint Spare[6];
}
