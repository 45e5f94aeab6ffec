using System.Runtime.InteropServices;
using KHeadersFs.Interop;

namespace KHeadersFs.Mounting;

/// <summary>A process that this one has started. Any thread may wait for it or end it.</summary>
/// <param name="id">Its process id.</param>
internal sealed unsafe class StartedProcess(int id)
{
    private const int EINTR = 4;

    /// <summary>What a process that was told to end may take: an unmount, a module's unloading.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(8);

    private readonly Lock _gate = new();
    private ChildStatus? _status; // guarded by _gate: once it is set the number may be another process's

    /// <summary>Waits for its end.</summary>
    internal ChildStatus WaitForEnd()
    {
        // Not taking the status: until that is done nobody else can get the number, so that Signal hits the right process.
        byte* information = stackalloc byte[128];
        while (LibC.WaitForState(LibC.P_PID, (uint)id, information, LibC.WEXITED | LibC.WNOWAIT) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }

        lock (_gate)
        {
            int status;
            return _status ??= LibC.WaitFor(id, &status, LibC.WNOHANG) == id ? ChildStatus.Of(status) : ChildStatus.Unknown;
        }
    }

    /// <summary>Tells it to end, and waits until it has; kills it when it takes too long.</summary>
    internal ChildStatus End()
    {
        Signal(LibC.SIGTERM);
        ChildStatus status = ChildStatus.Unknown;
        var waiting = new Thread(() => status = WaitForEnd()) { IsBackground = true };
        waiting.Start();
        if (!waiting.Join(s_patience))
        {
            Kill();
            waiting.Join();
        }

        return status;
    }

    /// <summary>Kills it and waits until it has ended.</summary>
    internal ChildStatus Kill()
    {
        Signal(LibC.SIGKILL);
        return WaitForEnd();
    }

    private void Signal(int signal)
    {
        lock (_gate)
        {
            if (_status is null)
            {
                _ = LibC.Kill(id, signal);
            }
        }
    }
}
