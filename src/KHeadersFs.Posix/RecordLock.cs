using KHeadersFs.Posix.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Posix;

/// <summary>
/// Locks of this process on single bytes of a file, which need not exist (fcntl(2), "Advisory record locking"). All go when the process
/// closes any descriptor of the file.
/// </summary>
internal static unsafe class RecordLock
{
    /// <summary>Takes the lock of a byte, exclusively unless <paramref name="shared"/>; false when another process has it, whose id it is then.</summary>
    internal static bool TryTake(SafeFileHandle file, long position, bool shared, out int holder)
    {
        short type = shared ? LibC.F_RDLCK : LibC.F_WRLCK;
        LibC.Flock request = Request(position, type);
        holder = 0;
        if (LibC.Control(file, LibC.F_SETLK, &request) == 0)
        {
            return true;
        }

        request = Request(position, type);
        if (LibC.Control(file, LibC.F_GETLK, &request) == 0 && request.Type != LibC.F_UNLCK)
        {
            holder = request.Pid;
        }

        return false;
    }

    /// <summary>Lets go of the lock of a byte.</summary>
    internal static void Release(SafeFileHandle file, long position)
    {
        LibC.Flock request = Request(position, LibC.F_UNLCK);
        _ = LibC.Control(file, LibC.F_SETLK, &request);
    }

    private static LibC.Flock Request(long position, short type) => new() { Type = type, Start = position, Len = 1 };
}
