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
    private const int AT_FDCWD = -100;
    private const int OPEN_TREE_CLONE = 1;

    /// <summary>
    /// Copies the mount on <paramref name="directory"/>, close-on-exec, without asking its server anything. Null where the
    /// kernel is older, or refuses for want of CAP_SYS_ADMIN.
    /// </summary>
    internal static SafeFileHandle? TryOpen(string directory)
    {
        nint descriptor = LibC.OpenTree(SYS_open_tree, AT_FDCWD, directory, OPEN_TREE_CLONE | LibC.O_CLOEXEC);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
