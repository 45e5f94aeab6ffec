using System.Runtime.InteropServices;
using KHeadersFs.Interop;

namespace KHeadersFs.Sandbox;

/// <summary>
/// Starts a process that has few rights from its first instruction on: rights are a thread's, and what is started has those of the thread
/// that starts it (capabilities(7)).
/// </summary>
internal static class LoweredThread
{
    /// <summary>Runs a step on a thread of its own that has given up all rights but some.</summary>
    /// <param name="keep">The capabilities that it keeps, as bits of their numbers.</param>
    /// <param name="start">Starts the process: its id, or -1 with errno set.</param>
    /// <returns>What <paramref name="start"/> has returned, with its errno.</returns>
    internal static int Run(ulong keep, Func<int> start)
    {
        int process = -1;
        int error = 0;
        var thread = new Thread(
            () =>
            {
                _ = LibC.LowerCapabilities(keep);
                process = start();
                error = Marshal.GetLastPInvokeError();
            },
            128 << 10);
        thread.Start();
        thread.Join();
        Marshal.SetLastPInvokeError(error);
        return process;
    }
}
