using KHeadersFs.Interop;

namespace KHeadersFs.Serving;

/// <summary>
/// Holds back the signals that a server handles while one version of the program takes the place of another: a mask outlives
/// execve(2), a handler does not, and without one they would end the process and leave a dead mount.
/// </summary>
internal static unsafe class SignalMask
{
    private static ReadOnlySpan<int> Handled =>
        [LibC.SIGHUP, LibC.SIGINT, LibC.SIGQUIT, LibC.SIGUSR1, LibC.SIGUSR2, LibC.SIGTERM];

    /// <summary>From now on they wait, as far as this thread is concerned; and every thread of an image that this one executes.</summary>
    internal static void Block() => Change(LibC.SIG_BLOCK);

    /// <summary>Those that wait come now, to this thread.</summary>
    internal static void Unblock() => Change(LibC.SIG_UNBLOCK);

    private static void Change(int how)
    {
        // sigset_t of glibc and musl: 1,024 bits, number 1 the lowest (signal.h).
        ulong* set = stackalloc ulong[16];
        new Span<ulong>(set, 16).Clear();
        foreach (int signal in Handled)
        {
            set[0] |= 1UL << (signal - 1);
        }

        _ = LibC.ChangeSignalMask(how, set, null);
    }
}
