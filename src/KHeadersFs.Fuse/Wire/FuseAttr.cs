namespace KHeadersFs.Fuse.Wire;

/// <summary>88 bytes. What stat(2) shows of a node. <see cref="Blocks"/> counts 512 bytes.</summary>
internal struct FuseAttr
{
    internal ulong Ino;
    internal ulong Size;
    internal ulong Blocks;
    internal ulong Atime;
    internal ulong Mtime;
    internal ulong Ctime;
    internal uint Atimensec;
    internal uint Mtimensec;
    internal uint Ctimensec;
    internal uint Mode;
    internal uint Nlink;
    internal uint Uid;
    internal uint Gid;
    internal uint Rdev;
    internal uint Blksize;
    internal uint Flags;
}
