namespace KHeadersFs.Fuse;

/// <summary>Flags of mount(2), in the spelling of &lt;linux/mount.h&gt;.</summary>
[Flags]
public enum MountFlags : uint
{
    /// <summary>Nothing can be changed; always set here.</summary>
    MS_RDONLY = 1,

    /// <summary>Set-user-id bits and file capabilities are ignored.</summary>
    MS_NOSUID = 2,

    /// <summary>Device nodes cannot be opened.</summary>
    MS_NODEV = 4,

    /// <summary>Nothing can be executed.</summary>
    MS_NOEXEC = 8,

    /// <summary>Writes are synchronous; without effect on a read-only mount, accepted for fstab's sake.</summary>
    MS_SYNCHRONOUS = 16,

    /// <summary>Changes to directories are synchronous; as <see cref="MS_SYNCHRONOUS"/>.</summary>
    MS_DIRSYNC = 128,

    /// <summary>No symbolic link is followed; since Linux 5.10, without effect before.</summary>
    MS_NOSYMFOLLOW = 256,
}
