using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse;

/// <summary>
/// A socket over which this process and a child hand each other descriptors (SCM_RIGHTS, unix(7)): fusermount3 the mounted device,
/// or a mounting process all that a server needs.
/// </summary>
public sealed unsafe class DescriptorSocket : IDisposable
{
    private readonly SafeFileHandle _own;
    private readonly SafeFileHandle? _child;

    private DescriptorSocket(SafeFileHandle own, SafeFileHandle? child)
    {
        _own = own;
        _child = child;
    }

    /// <summary>The end that is for a child process, close-on-exec; null at the child.</summary>
    public SafeFileHandle? ChildEnd => _child;

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Dispose();
        _child?.Dispose();
    }

    /// <summary>Both ends, the other one for a child.</summary>
    /// <exception cref="FuseException">There are no descriptors left.</exception>
    public static DescriptorSocket Create()
    {
        int* ends = stackalloc int[2];
        if (LibC.SocketPair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, ends) < 0)
        {
            throw Failure();
        }

        return new DescriptorSocket(new SafeFileHandle(ends[0], true), new SafeFileHandle(ends[1], true));
    }

    /// <summary>The end that a child has inherited under this number.</summary>
    public static DescriptorSocket FromInherited(int descriptor) => new(new SafeFileHandle(descriptor, true), child: null);

    /// <summary>Without this the end of the child would not be the end of the stream.</summary>
    public void CloseChildEnd() => _child?.Dispose();

    /// <summary>Sends bytes, without waiting; false when they do not all fit.</summary>
    public bool SendBytes(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* from = bytes)
        {
            return LibC.Send(_own, from, (nuint)bytes.Length, LibC.MSG_NOSIGNAL | LibC.MSG_DONTWAIT) == bytes.Length;
        }
    }

    /// <summary>Sends copies of up to three descriptors, or of none: then it is only a sign. False when the other end is closed.</summary>
    public bool Send(params ReadOnlySpan<int> descriptors) => SendTo(_own, [], [0], descriptors);

    /// <summary>Sends one message with copies of up to three descriptors.</summary>
    /// <param name="socket">A socket of any kind.</param>
    /// <param name="address">Where to: a struct sockaddr_un; empty for where the socket is connected to.</param>
    /// <param name="text">The message, not empty.</param>
    /// <param name="descriptors">The descriptors.</param>
    /// <returns>False when nobody receives it.</returns>
    public static bool SendTo(SafeHandle socket, ReadOnlySpan<byte> address, ReadOnlySpan<byte> text, params ReadOnlySpan<int> descriptors)
    {
        LibC.DescriptorMessage control = default;
        descriptors.CopyTo(control.Descriptors);
        control.Len = LibC.DescriptorMessage.LengthOf(descriptors.Length);
        control.Level = LibC.SOL_SOCKET;
        control.Type = LibC.SCM_RIGHTS;
        fixed (byte* to = address)
        fixed (byte* start = text)
        {
            var part = new LibC.IoVec { Base = start, Len = (nuint)text.Length };
            var message = new LibC.MsgHdr { Name = to, Namelen = (uint)address.Length, Iov = &part, Iovlen = 1 };
            if (!descriptors.IsEmpty)
            {
                message.Control = &control;
                message.Controllen = control.Len;
            }

            return LibC.SendMessage(socket, &message, LibC.MSG_NOSIGNAL) > 0;
        }
    }

    /// <summary>Waits for what the other end sends.</summary>
    /// <returns>The descriptors, close-on-exec, none for a sign; or null when the other end was closed.</returns>
    public int[]? Receive()
    {
        byte letter = 0;
        return ReceiveFrom(_own, new Span<byte>(ref letter), out int[] descriptors) > 0 ? descriptors : null;
    }

    /// <summary>Waits for one message.</summary>
    /// <param name="socket">A socket of any kind.</param>
    /// <param name="text">Takes the message; of a longer one, the rest is lost where messages have bounds (unix(7), SOCK_SEQPACKET).</param>
    /// <param name="descriptors">Those that came with it, close-on-exec, up to three; none of more than that, which nobody here sends.</param>
    /// <returns>Its length in bytes; 0 when the other end was closed.</returns>
    /// <exception cref="PosixException">EMFILE: this process may not have as many open files as came.</exception>
    public static int ReceiveFrom(SafeHandle socket, Span<byte> text, out int[] descriptors)
    {
        LibC.DescriptorMessage control = default;
        nint received;
        bool isCut;
        fixed (byte* start = text)
        {
            var part = new LibC.IoVec { Base = start, Len = (nuint)text.Length };
            var message = new LibC.MsgHdr { Iov = &part, Iovlen = 1 };
            do
            {
                message.Control = &control;
                message.Controllen = LibC.DescriptorMessage.LengthOf(LibC.DescriptorMessage.Capacity); // the struct has room for one more
                received = LibC.ReceiveMessage(socket, &message, LibC.MSG_CMSG_CLOEXEC);
            }
            while (received < 0 && FuseDevice.LastErrno() == Errno.EINTR);

            bool areDescriptors = received > 0
                && message.Controllen >= LibC.DescriptorMessage.LengthOf(1)
                && control.Level == LibC.SOL_SOCKET
                && control.Type == LibC.SCM_RIGHTS;
            int count = areDescriptors ? (int)(control.Len - LibC.DescriptorMessage.LengthOf(0)) / sizeof(int) : 0;
            descriptors = control.Descriptors[..count].ToArray();
            isCut = received > 0 && (message.Flags & LibC.MSG_CTRUNC) != 0;
        }

        if (isCut)
        {
            Refuse(ref descriptors);
        }

        return (int)Math.Max(received, 0);
    }

    /// <summary>
    /// Of a message that brought more than was taken (net/core/scm.c: scm_detach_fds): part of what belongs together is of no use, and
    /// might be taken for something else.
    /// </summary>
    private static void Refuse(ref int[] descriptors)
    {
        bool isFull = descriptors.Length == LibC.DescriptorMessage.Capacity;
        foreach (int descriptor in descriptors)
        {
            _ = LibC.Close(descriptor);
        }

        descriptors = isFull ? [] : throw new PosixException("descriptors that another process has sent", PosixException.EMFILE);
    }

    private static FuseException Failure() =>
        new("create", "a socket for a process to be started", FuseDevice.LastErrno(), "raise the limit of open files (ulimit -n)");
}
