using System.Runtime.InteropServices;

namespace KHeadersFs.Serving;

/// <summary>The signals that end a process unless it handles them (signal(7)), but for SIGKILL and those of its own faults.</summary>
internal static class EndingSignals
{
    /// <summary>SIGUSR1 of linux/signal.h, for which .NET has no name.</summary>
    private const PosixSignal Usr1 = (PosixSignal)10;

    /// <summary>SIGUSR2, likewise.</summary>
    private const PosixSignal Usr2 = (PosixSignal)12;

    /// <summary>By number, where .NET has no name: SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF, SIGIO, SIGPWR (asm-generic/signal.h).</summary>
    private static readonly PosixSignal[] s_all =
    [
        PosixSignal.SIGHUP, PosixSignal.SIGINT, PosixSignal.SIGTERM, (PosixSignal)14,
        (PosixSignal)24, (PosixSignal)26, (PosixSignal)27, (PosixSignal)29, (PosixSignal)30,
    ];

    /// <summary>Never taken back: what arrives while the process ends must not find the default action.</summary>
    private static readonly List<PosixSignalRegistration> s_registrations = [];

    /// <summary>
    /// Has <paramref name="end"/> run on a thread of its own for each of them, and <paramref name="report"/> for SIGUSR1; for
    /// SIGQUIT and SIGUSR2 what a server does then, if it is one. The default action is never taken.
    /// </summary>
    internal static void Handle(Action end, Action report, Action? leave = null, Action? makeWay = null)
    {
        s_registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => Run(context, leave ?? end)));
        s_registrations.Add(PosixSignalRegistration.Create(Usr2, context => Run(context, makeWay ?? end)));
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
