namespace KHeadersFs.Archive.Tree;

/// <summary>What a node is. The values are the S_IFMT bits of st_mode (linux/stat.h).</summary>
public enum NodeKind : ushort
{
    /// <summary>S_IFDIR.</summary>
    Directory = 0x4000,

    /// <summary>S_IFREG.</summary>
    File = 0x8000,

    /// <summary>S_IFLNK.</summary>
    Symlink = 0xA000,
}
