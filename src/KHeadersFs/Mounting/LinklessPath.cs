using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Opens directories by paths in which no component may be a symbolic link: where a user can write to one of them, a link could
/// lead root to somewhere else.
/// </summary>
internal static unsafe class LinklessPath
{
    private const int SYS_openat2 = 437;
    private const ulong RESOLVE_NO_SYMLINKS = 4;
    private const int ENOSYS = 38;
    private const int EPERM = 1; // of a container's seccomp filter that does not know openat2

    /// <summary>
    /// A descriptor of <paramref name="path"/>, absolute, with no right but to name what is in it (O_PATH): asks no server of a
    /// file system anything. Invalid with errno set: ELOOP or ENOTDIR where a link is in the way.
    /// </summary>
    internal static SafeFileHandle Open(string path)
    {
        var how = new LibC.OpenHowArgument { Flags = (ulong)Flags, Resolve = RESOLVE_NO_SYMLINKS };
        nint descriptor = LibC.OpenHow(SYS_openat2, LibC.AT_FDCWD, path, &how, sizeof(LibC.OpenHowArgument));
        return descriptor < 0 && Marshal.GetLastPInvokeError() is ENOSYS or EPERM
            ? OpenByComponents(path)
            : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>One more component.</summary>
    internal static SafeFileHandle Open(SafeFileHandle parent, string name) => LibC.OpenAt(parent, name, Flags);

    /// <summary>Where that which is open is by now; null when that cannot be told.</summary>
    internal static string? Of(SafeFileHandle handle) => TargetOf($"/proc/self/fd/{handle.DangerousGetHandle()}");

    /// <summary>What a symbolic link says, also one of /proc that leads nowhere; null with errno set when it cannot be read.</summary>
    internal static string? TargetOf(string link) => PosixFile.ReadLink(link);

    private static int Flags => LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC;

    /// <summary>Before Linux 5.6.</summary>
    private static SafeFileHandle OpenByComponents(string path)
    {
        SafeFileHandle directory = LibC.Open("/", Flags);
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            using SafeFileHandle parent = directory;
            directory = Open(parent, name);
            if (directory.IsInvalid)
            {
                break;
            }
        }

        return directory;
    }
}
