using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
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
        int process = ProgramImage.Start(new StartMessage(ImageRole.Walker, ""), ["kheadersfs-walk", directory], out SafeFileHandle? socket, tree);
        int error = Marshal.GetLastPInvokeError();
        tree.Dispose();
        Marshal.SetLastPInvokeError(error);
        return socket is null ? null : new WalkerProcess(socket, process);
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
