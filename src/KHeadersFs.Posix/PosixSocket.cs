using KHeadersFs.Posix.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Posix;

/// <summary>What a socket of this machine tells of its other end (unix(7)).</summary>
internal static unsafe class PosixSocket
{
    /// <summary>The user who made the other end, or null: it is no such socket.</summary>
    internal static uint? PeerUser(SafeFileHandle socket)
    {
        LibC.Ucred peer;
        uint length = (uint)sizeof(LibC.Ucred);
        return LibC.GetSocketOption(socket, LibC.SOL_SOCKET, LibC.SO_PEERCRED, &peer, &length) == 0 && peer.Pid != 0 ? peer.Uid : null;
    }
}
