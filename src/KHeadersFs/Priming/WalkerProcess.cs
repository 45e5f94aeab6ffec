using System.Globalization;
using System.Runtime.InteropServices;
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
    private bool _reaped; // guarded by _gate

    private WalkerProcess(SafeFileHandle socket, int process)
    {
        _socket = socket;
        _process = process;
    }

    /// <summary>Readable when there is an answer, or the walker has ended.</summary>
    internal SafeFileHandle Socket => _socket;

    /// <summary>Its process id.</summary>
    internal int Id => _process;

    /// <summary>
    /// Starts a walker of <paramref name="tree"/>, which it alone holds then; null with errno set when it cannot be. Until it gets a batch it waits with next to
    /// no memory (Native/park.c).
    /// </summary>
    /// <param name="tree">A copy of the mount.</param>
    /// <param name="directory">Where the mount is, for who looks at the list of processes.</param>
    /// <param name="rights">The capabilities that it keeps, as bits of their numbers.</param>
    internal static WalkerProcess? TryStart(SafeFileHandle tree, string directory, ulong rights)
    {
        if (!SocketPair.TryCreate(out SafeFileHandle ours, out SafeFileHandle end))
        {
            return null;
        }

        using SafeFileHandle theirs = end;
        string[] words = [TreeWalker.Name, rights.ToString("x", CultureInfo.InvariantCulture), directory];
        int process = ProgramImage.Spawn(words, ChildProcess.Streams, theirs, tree);
        if (process > 0)
        {
            return new WalkerProcess(ours, process);
        }

        int error = Marshal.GetLastPInvokeError();
        ours.Dispose();
        Marshal.SetLastPInvokeError(error);
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

    /// <summary>
    /// Has the walker end after the name or the file that it is at; its thread goes on with <see cref="Dispose"/>. No signal: a server that has given up its
    /// rights may send none.
    /// </summary>
    internal void End()
    {
        if (!_socket.IsClosed)
        {
            _ = LibC.Shutdown(_socket, LibC.SHUT_RDWR);
        }
    }

    /// <summary>Waits for its end: afterwards the walker holds nothing of the mount. Serving must go on meanwhile.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (!_reaped)
            {
                End();
                _ = ChildProcess.Wait(_process);
                _reaped = true;
            }
        }

        _socket.Dispose();
    }
}
