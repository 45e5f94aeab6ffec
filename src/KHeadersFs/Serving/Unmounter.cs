using KHeadersFs.Fuse;
using KHeadersFs.Mounting;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>Unmounts by whichever way the caller may use: exactly the mount that is meant, whatever its path leads to by now.</summary>
internal static class Unmounter
{
    /// <summary>Unmounts a mount that nobody uses: umount2(2), or fusermount3 for those who may not call it.</summary>
    /// <exception cref="FuseException">EBUSY: it is in use. It is not the caller's, or its path leads to another mount.</exception>
    internal static void Unmount(MountInfo mount)
    {
        using SafeFileHandle parent = LinklessPath.Open(Path.GetDirectoryName(mount.Directory) ?? "/");
        string name = Path.GetFileName(mount.Directory);

        // Closed again before the call, for it would be a use. The parent stays open: in there nobody can rename what is mounted on, unless
        // from another mount namespace (fs/namei.c: vfs_rename).
        MountRoot.Open(mount, parent, name).Dispose();
        try
        {
            FuseMount.Unmount(mount.Directory, parent, name);
        }
        catch (FuseException e) when (e.Errno == Errno.EPERM)
        {
            FuserMount.Unmount(mount.Directory, lazy: false);
        }
    }

    /// <summary>Detaches a mount at once; it lives on for those who use it.</summary>
    /// <exception cref="FuseException">It is not the caller's, or its path leads to another mount.</exception>
    internal static void Detach(MountInfo mount)
    {
        using var root = MountRoot.Open(mount);
        root.Detach();
    }
}
