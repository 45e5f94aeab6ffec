using KHeadersFs.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>Two sockets that are connected, close-on-exec, whose messages have bounds (unix(7), SOCK_SEQPACKET).</summary>
internal static unsafe class SocketPair
{
    /// <summary>Makes one; false with errno set, and no sockets.</summary>
    /// <param name="ours">The end for this process.</param>
    /// <param name="theirs">The end to hand on.</param>
    internal static bool TryCreate(out SafeFileHandle ours, out SafeFileHandle theirs)
    {
        int* ends = stackalloc int[2];
        bool isMade = LibC.SocketPair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_CLOEXEC, 0, ends) == 0;
        ours = new SafeFileHandle(isMade ? ends[0] : -1, ownsHandle: true);
        theirs = new SafeFileHandle(isMade ? ends[1] : -1, ownsHandle: true);
        return isMade;
    }
}
