using System.Runtime.InteropServices;

namespace KHeadersFs.Serving;

/// <summary>The signals that end a process unless it handles them (signal(7)), but for SIGKILL and those of its own faults.</summary>
internal static class EndingSignals
{
    /// <summary>SIGUSR1 of linux/signal.h, for which .NET has no name.</summary>
    private const PosixSignal Usr1 = (PosixSignal)10;

    /// <summary>By number, where .NET has no name: SIGUSR2, SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF, SIGIO, SIGPWR (asm-generic/signal.h).</summary>
    private static readonly PosixSignal[] s_all =
    [
        PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, (PosixSignal)12, (PosixSignal)14,
        (PosixSignal)24, (PosixSignal)26, (PosixSignal)27, (PosixSignal)29, (PosixSignal)30,
    ];

    /// <summary>Never taken back: what arrives while the process ends must not find the default action.</summary>
    private static readonly List<PosixSignalRegistration> s_registrations = [];

    /// <summary>
    /// Has <paramref name="end"/> run on a thread of its own for each of them, and <paramref name="report"/> for SIGUSR1. The default
    /// action is never taken.
    /// </summary>
    internal static void Handle(Action end, Action report)
    {
        s_registrations.Add(PosixSignalRegistration.Create(Usr1, context => Run(context, report)));
        foreach (PosixSignal signal in s_all)
        {
            s_registrations.Add(PosixSignalRegistration.Create(signal, context => Run(context, end)));
        }
    }

    private static void Run(PosixSignalContext context, Action action)
    {
        context.Cancel = true;
        action();
    }
}
