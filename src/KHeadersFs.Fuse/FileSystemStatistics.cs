namespace KHeadersFs.Fuse;

/// <summary>What statfs(2) shows of a read-only file system, where nothing is ever free; without blocks df does not list it.</summary>
public struct FileSystemStatistics
{
    /// <summary>Size in units of <see cref="BlockSize"/>.</summary>
    public ulong Blocks;

    /// <summary>Number of nodes.</summary>
    public ulong Files;

    /// <summary>Bytes per block, as f_bsize and f_frsize.</summary>
    public uint BlockSize;

    /// <summary>Longest name in bytes.</summary>
    public uint NameLength;
}
