using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Records;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Keeping;

/// <summary>The server's end of the <see cref="Keeper"/>.</summary>
internal sealed unsafe class KeeperProcess
{
    /// <summary>For how long an answer is waited for, in milliseconds: an unmount takes no time, and an image 10 ms to start.</summary>
    private const int Patience = 20_000;

    private readonly SafeFileHandle _socket;

    private KeeperProcess(SafeFileHandle socket) => _socket = socket;

    /// <summary>It has been killed, or hangs: what is mounted stays.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>The socket, for the server after this one.</summary>
    internal SafeFileHandle Socket => _socket;

    /// <summary>The one that the server before this one has started.</summary>
    internal static KeeperProcess FromDescriptor(int number) => new(new SafeFileHandle(number, ownsHandle: true));

    /// <summary>Starts one, which keeps <paramref name="rights"/> and no others (Native/park.c); null with errno set.</summary>
    /// <param name="remains">What it is to take away in the end.</param>
    /// <param name="record">The mount's record, which the keeper then holds; null where there is none.</param>
    /// <param name="rights">Capabilities, as bits of their numbers.</param>
    internal static KeeperProcess? TryStart(MountRemains remains, MountRecord? record, ulong rights)
    {
        if (!SocketPair.TryCreate(out SafeFileHandle ours, out SafeFileHandle end))
        {
            return null;
        }

        using SafeFileHandle theirs = end;
        SafeHandle[] handed = record is null ? [theirs] : [theirs, record.File];
        int process = ChildProcess.Spawn(
            ProgramImage.Path, Keeper.Words(rights, remains), [], null, ChildProcess.Streams, blocksSignals: true, handed);
        if (process > 0)
        {
            return new KeeperProcess(ours);
        }

        int error = Marshal.GetLastPInvokeError();
        ours.Dispose();
        Marshal.SetLastPInvokeError(error);
        return null;
    }

    /// <summary>Has it open the file of -o log anew; null where it cannot, or there is none, with its answer.</summary>
    internal SafeFileHandle? OpenLog(out KeeperAnswer answer)
    {
        answer = Do(KeeperOrder.OpenLog, out int[] descriptors);
        return descriptors is [var number, ..] ? new SafeFileHandle(number, ownsHandle: true) : null;
    }

    /// <summary>Has it carry out an order; after the last one it has ended.</summary>
    internal KeeperAnswer Do(KeeperOrder order) => Do(order, out _);

    private KeeperAnswer Do(KeeperOrder order, out int[] descriptors)
    {
        byte[] message = new byte[KeeperAnswer.Capacity];
        descriptors = [];
        if (LibC.Send(_socket, &order, 1, LibC.MSG_NOSIGNAL) != 1 || Receive(message, out descriptors) is not (> 0 and int length))
        {
            HasFailed = true;
            return new KeeperAnswer([], ["the process that keeps the right to unmount has ended or hangs: what is mounted stays; umount -l it as root"]);
        }

        if (order is KeeperOrder.End or KeeperOrder.EndDead)
        {
            _ = Receive(new byte[1], out _);
        }

        return KeeperAnswer.Parse(message.AsSpan(0, length));
    }

    /// <summary>Waits for a message: its length in bytes, 0 when the keeper has ended or takes too long.</summary>
    private int Receive(byte[] buffer, out int[] descriptors)
    {
        const int EINTR = 4;
        var entry = new LibC.PollFd { Descriptor = (int)_socket.DangerousGetHandle(), Events = LibC.POLLIN };
        int ready;
        while ((ready = LibC.Poll(&entry, 1, Patience)) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }

        descriptors = [];
        return ready > 0 ? DescriptorSocket.ReceiveFrom(_socket, buffer, out descriptors) : 0;
    }
}
