using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace KHeadersFs.Fuse.Tests;

/// <summary>A socket pair that keeps messages apart, as /dev/fuse does: the test is the kernel.</summary>
internal sealed partial class StandInDevice : IDisposable
{
    private const int SeqPacketCloseOnExec = 5 | 0x80000;
    private readonly Socket _kernel;

    internal StandInDevice()
    {
        int[] ends = new int[2];
        Assert.Equal(0, SocketPair(1, SeqPacketCloseOnExec, 0, ends));
        _kernel = new Socket(new SafeSocketHandle(ends[0], ownsHandle: true)) { ReceiveTimeout = 30_000 };
        Device = FuseDevice.FromDescriptor(ends[1]);
    }

    internal FuseDevice Device { get; }

    public void Dispose() => _kernel.Dispose();

    internal void Send(byte[] request) => Assert.Equal(request.Length, _kernel.Send(request));

    internal byte[] Receive()
    {
        byte[] reply = new byte[FuseDispatcher.ReplyBufferSize];
        return reply[.._kernel.Receive(reply)];
    }

    internal byte[] Ask(byte[] request)
    {
        Send(request);
        return Receive();
    }

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int SocketPair(int domain, int type, int protocol, int[] ends);
}
