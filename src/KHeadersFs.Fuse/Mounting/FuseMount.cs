using KHeadersFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse;

/// <summary>mount(2) and umount2(2): for root, or whoever has CAP_SYS_ADMIN in the mount's user namespace.</summary>
public static class FuseMount
{
    /// <summary>
    /// Mounts a device. The kernel then has an INIT request for it; the directory answers when that is served.
    /// </summary>
    /// <param name="device">An open device that is not mounted yet.</param>
    /// <param name="source">
    /// What mount(8) and df(1) show as the source. No path of /sys or /dev: systemd would wait for it.
    /// </param>
    /// <param name="directory">An existing directory.</param>
    /// <param name="type">"fuse" or "fuse." and a name.</param>
    /// <param name="options">How.</param>
    /// <param name="place">
    /// The directory itself, open: what is mounted on, wherever its path leads by now. Null to go by the path.
    /// </param>
    /// <exception cref="FuseException">It failed; the message says what to do.</exception>
    public static void Mount(
        FuseDevice device, string source, string directory, string type, MountOptions options, SafeFileHandle? place = null)
    {
        bool referenced = false;
        try
        {
            device.DangerousAddRef(ref referenced);
            string data = options.ForKernel((int)device.DangerousGetHandle());
            string target = place is null ? directory : PathOf(place);
            if (LibC.Mount(source, target, type, (nuint)(uint)(options.Flags | MountFlags.MS_RDONLY), data) < 0)
            {
                throw MountFailed(directory, FuseDevice.LastErrno());
            }
        }
        finally
        {
            if (referenced)
            {
                device.DangerousRelease();
            }
        }
    }

    /// <summary>Unmounts what is mounted topmost on a directory, unless it is in use; a symbolic link there is not followed.</summary>
    /// <param name="directory">Where, for messages.</param>
    /// <param name="parent">The directory that it lies in. An open descriptor of the mount itself would be a use.</param>
    /// <param name="name">Its name in there.</param>
    /// <exception cref="FuseException">EBUSY: in use; EPERM; EINVAL: nothing is mounted there.</exception>
    public static void Unmount(string directory, SafeFileHandle parent, string name)
    {
        if (LibC.Unmount($"{PathOf(parent)}/{name}", LibC.UMOUNT_NOFOLLOW) < 0)
        {
            throw UnmountFailed(directory, FuseDevice.LastErrno());
        }
    }

    /// <summary>Detaches a mount whose root directory is open, and serves until the last user has gone.</summary>
    /// <param name="directory">Where it is, for messages.</param>
    /// <param name="root">Its root: no path can lead to another mount.</param>
    /// <exception cref="FuseException">EPERM; EINVAL: it is the root of no mount.</exception>
    public static void Detach(string directory, SafeFileHandle root)
    {
        if (LibC.Unmount(PathOf(root), LibC.MNT_DETACH) < 0)
        {
            throw UnmountFailed(directory, FuseDevice.LastErrno());
        }
    }

    /// <summary>
    /// Unmounts what is mounted topmost on a directory if nobody has used it since the call before this one, and marks it otherwise
    /// (umount2(2), MNT_EXPIRE). Every use takes the mark away, also one that the kernel answers from its caches.
    /// </summary>
    /// <param name="parent">The directory that the mount point lies in. An open descriptor of the mount itself would be a use.</param>
    /// <param name="name">The mount point's name in there; a symbolic link is not followed.</param>
    /// <returns>None: it is unmounted; EAGAIN: it is marked; EBUSY: something in it is open, mapped or a working directory; or why not.</returns>
    public static Errno Expire(SafeFileHandle parent, string name) =>
        LibC.Unmount($"{PathOf(parent)}/{name}", LibC.MNT_EXPIRE | LibC.UMOUNT_NOFOLLOW) < 0 ? FuseDevice.LastErrno() : Errno.None;

    /// <summary>Changes the flags of a mount whose root directory is open; it stays read-only.</summary>
    /// <param name="directory">Where it is, for messages.</param>
    /// <param name="root">Its root: no path can lead to another mount.</param>
    /// <param name="flags">All flags that it is to have from now on.</param>
    /// <exception cref="FuseException">EPERM; EINVAL: it is the root of no mount.</exception>
    public static void Remount(string directory, SafeFileHandle root, MountFlags flags)
    {
        uint all = (uint)(flags | MountFlags.MS_RDONLY) | LibC.MS_REMOUNT | LibC.MS_BIND;
        if (LibC.Mount("none", PathOf(root), "none", all, string.Empty) < 0)
        {
            throw MountFailed(directory, FuseDevice.LastErrno());
        }
    }

    /// <summary>By which the kernel finds what is open, wherever it is by now.</summary>
    private static string PathOf(SafeFileHandle handle) => $"/proc/self/fd/{handle.DangerousGetHandle()}";

    internal static FuseException MountFailed(string directory, Errno errno) =>
        new("mount on", directory, errno, MountAdvice(errno));

    internal static FuseException UnmountFailed(string directory, Errno errno) =>
        new("unmount", directory, errno, UnmountAdvice(directory, errno));

    private static string MountAdvice(Errno errno) => errno switch
    {
        Errno.EPERM => "run as root, or install the package fuse3 for its fusermount3; a container needs CAP_SYS_ADMIN",
        Errno.EACCES => "no permission to reach that directory",
        Errno.ENOENT => "there is no such directory, or it is a symbolic link to nowhere; create it first",
        Errno.ENOTDIR => "it is not a directory",
        Errno.ENODEV => "the kernel has no FUSE: load the module (modprobe fuse)",
        Errno.EINVAL => "the kernel refused an option, or this /dev/fuse descriptor is mounted already",
        Errno.EBUSY => "something is mounted there already, or the /dev/fuse descriptor is in use",
        _ => string.Empty,
    };

    private static string UnmountAdvice(string directory, Errno errno) => errno switch
    {
        Errno.EBUSY => $"fuser -m {directory} shows who uses it; end that, or detach the mount now: umount -l {directory}",
        Errno.EPERM => "run as root, or as the user who mounted it through fusermount3",
        Errno.EINVAL => "nothing is mounted there",
        Errno.ENOENT => "there is no such directory",
        _ => string.Empty,
    };
}
