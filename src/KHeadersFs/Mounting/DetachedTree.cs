using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// A copy of a mount that is attached nowhere (open_tree(2), Linux 5.2): what is open in the copy does not keep the mount busy,
/// so umount(8) works all the time. The file system lives until the mount and the copy are both gone.
/// </summary>
internal static class DetachedTree
{
    private const int SYS_open_tree = 428;
    private const int OPEN_TREE_CLONE = 1;

    /// <summary>
    /// Copies a mount, close-on-exec, without asking its server anything. Null where its path leads to another mount by now, or the kernel is
    /// older, or refuses for want of CAP_SYS_ADMIN.
    /// </summary>
    internal static SafeFileHandle? TryOpen(MountInfo mount)
    {
        try
        {
            using var root = MountRoot.Open(mount);
            nint descriptor = LibC.OpenTree(SYS_open_tree, root.Number, "", OPEN_TREE_CLONE | LibC.AT_EMPTY_PATH | LibC.O_CLOEXEC);
            return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
        }
        catch (FuseException)
        {
            return null;
        }
    }
}
