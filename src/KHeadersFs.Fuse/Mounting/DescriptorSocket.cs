using KHeadersFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse;

/// <summary>
/// A pair of sockets, one end for a child process that sends a descriptor back (SCM_RIGHTS, unix(7)).
/// </summary>
internal sealed unsafe class DescriptorSocket : IDisposable
{
    private readonly SafeFileHandle _own;
    private readonly SafeFileHandle _child;

    private DescriptorSocket(SafeFileHandle own, SafeFileHandle child)
    {
        _own = own;
        _child = child;
    }

    /// <summary>The end that the next child process inherits, under this number.</summary>
    internal int ChildDescriptor => (int)_child.DangerousGetHandle();

    public void Dispose()
    {
        _own.Dispose();
        _child.Dispose();
    }

    internal static DescriptorSocket Create()
    {
        int* ends = stackalloc int[2];
        if (LibC.SocketPair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, ends) < 0)
        {
            throw new FuseException("create", "a socket for fusermount3", FuseDevice.LastErrno(), string.Empty);
        }

        var pair = new DescriptorSocket(new SafeFileHandle(ends[0], true), new SafeFileHandle(ends[1], true));
        if (LibC.Fcntl(pair._child, LibC.F_SETFD, 0) < 0)
        {
            pair.Dispose();
            throw new FuseException("prepare", "a socket for fusermount3", FuseDevice.LastErrno(), string.Empty);
        }

        return pair;
    }

    /// <summary>Without this the end of the child would not be the end of the stream.</summary>
    internal void CloseChildEnd() => _child.Dispose();

    /// <summary>Waits for the descriptor.</summary>
    /// <returns>It, close-on-exec; or -1 when the child ended without sending one.</returns>
    internal int Receive()
    {
        byte letter;
        LibC.DescriptorMessage control = default;
        var part = new LibC.IoVec { Base = &letter, Len = 1 };
        var message = new LibC.MsgHdr { Iov = &part, Iovlen = 1 };
        nint received;
        do
        {
            message.Control = &control;
            message.Controllen = (nuint)sizeof(LibC.DescriptorMessage);
            received = LibC.ReceiveMessage(_own, &message, LibC.MSG_CMSG_CLOEXEC);
        }
        while (received < 0 && FuseDevice.LastErrno() == Errno.EINTR);

        bool isDescriptor = received > 0
            && message.Controllen >= (nuint)(sizeof(nuint) + (3 * sizeof(int)))
            && control.Level == LibC.SOL_SOCKET
            && control.Type == LibC.SCM_RIGHTS;
        return isDescriptor ? control.Descriptor : -1;
    }
}
