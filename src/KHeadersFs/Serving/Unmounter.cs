using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>Unmounts by whichever way the caller may use.</summary>
internal static class Unmounter
{
    /// <summary>Unmounts <paramref name="directory"/>: umount2(2), or fusermount3 for those who may not call it.</summary>
    /// <exception cref="FuseException">It is in use and not <paramref name="lazy"/>, or not the caller's.</exception>
    internal static void Unmount(string directory, bool lazy)
    {
        try
        {
            FuseMount.Unmount(directory, lazy);
        }
        catch (FuseException e) when (e.Errno == Errno.EPERM)
        {
            FuserMount.Unmount(directory, lazy);
        }
    }

    /// <summary>
    /// Detaches exactly this mount. Its path led there when the mount table was read; a user who owns a part of it may have made it
    /// lead to another mount since.
    /// </summary>
    /// <exception cref="FuseException">It is not the caller's, or another mount covers it.</exception>
    internal static void Detach(MountInfo mount)
    {
        using SafeFileHandle root = LinklessPath.Open(mount.Directory);
        if (root.IsInvalid || MountIdOf(root) != mount.Id)
        {
            throw new FuseException("unmount", mount.Directory, Errno.None, "another mount stands on it; umount that, then this one");
        }

        try
        {
            FuseMount.Detach(mount.Directory, root);
        }
        catch (FuseException e) when (e.Errno == Errno.EPERM)
        {
            FuserMount.Unmount(mount.Directory, lazy: true);
        }
    }

    /// <summary>The mount in which something is open (proc_pid_fdinfo(5)).</summary>
    private static int MountIdOf(SafeFileHandle handle)
    {
        const string field = "mnt_id:";
        string? line = PosixFile.ReadLines($"/proc/self/fdinfo/{handle.DangerousGetHandle()}")
            .FirstOrDefault(static l => l.StartsWith(field, StringComparison.Ordinal));
        return int.TryParse(line.AsSpan(Math.Min(field.Length, line?.Length ?? 0)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : -1;
    }
}
