using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Priming;

/// <summary>The server's end of the <see cref="TreeWalker"/>.</summary>
internal sealed unsafe class WalkerProcess : IDisposable
{
    private readonly SafeFileHandle _socket;
    private readonly int _process;
    private readonly Lock _gate = new();
    private bool _reaped; // guarded by _gate: the number may be somebody else's by now

    private WalkerProcess(SafeFileHandle socket, int process)
    {
        _socket = socket;
        _process = process;
    }

    /// <summary>Readable when there is an answer, or the walker has ended.</summary>
    internal SafeFileHandle Socket => _socket;

    /// <summary>Its process id.</summary>
    internal int Id => _process;

    /// <summary>Starts a walker of <paramref name="tree"/>, which it alone holds then; null with errno set when it cannot be.</summary>
    internal static WalkerProcess? TryStart(SafeFileHandle tree, string directory)
    {
        int* ends = stackalloc int[2];
        if (LibC.SocketPair(LibC.AF_UNIX, LibC.SOCK_SEQPACKET | LibC.SOCK_CLOEXEC, 0, ends) < 0)
        {
            tree.Dispose();
            return null;
        }

        var ours = new SafeFileHandle(ends[0], ownsHandle: true);
        using var theirs = new SafeFileHandle(ends[1], ownsHandle: true);
        byte[] greeting = new StartMessage(ImageRole.Walker, "").ToBytes();
        using (tree)
        {
            fixed (byte* bytes = greeting)
            {
                _ = LibC.Send(ours, bytes, (nuint)greeting.Length, LibC.MSG_NOSIGNAL);
            }

            int process = ProgramImage.Spawn(["kheadersfs-walk", directory], ChildProcess.Streams, theirs, tree);
            if (process > 0)
            {
                return new WalkerProcess(ours, process);
            }
        }

        ours.Dispose();
        return null;
    }

    /// <summary>Hands over a batch; false when the walker has ended.</summary>
    internal bool Send(WalkBatch batch)
    {
        fixed (byte* bytes = batch.Bytes)
        {
            return LibC.Send(_socket, bytes, (nuint)batch.Bytes.Length, LibC.MSG_NOSIGNAL) >= 0;
        }
    }

    /// <summary>Waits for the answer to a batch; false when the walker has ended.</summary>
    internal bool Receive(out WalkResult result)
    {
        WalkResult answer;
        nint length = LibC.Receive(_socket, &answer, (nuint)sizeof(WalkResult), 0);
        result = length == sizeof(WalkResult) ? answer : default;
        return length == sizeof(WalkResult);
    }

    /// <summary>Ends the walker, whatever it does; its thread goes on with <see cref="Dispose"/>.</summary>
    internal void Kill()
    {
        lock (_gate)
        {
            if (!_reaped)
            {
                _ = LibC.Kill(_process, LibC.SIGKILL);
            }
        }
    }

    /// <summary>Kills and waits: afterwards the walker holds nothing of the mount. Serving must go on meanwhile.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_reaped)
            {
                ProgramImage.End(_process);
                _reaped = true;
            }
        }

        _socket.Dispose();
    }
}
