namespace KHeadersFs.Mounting;

/// <summary>How a child process has ended.</summary>
/// <param name="Code">The exit code; null when a signal has ended it.</param>
/// <param name="Signal">The signal; 0 for none.</param>
internal readonly record struct ChildStatus(ExitCode? Code, int Signal)
{
    /// <summary>Somebody else has asked for the status, as .NET does when it is process 1.</summary>
    internal static ChildStatus Unknown => default;

    /// <summary>It ended because it was told to: with the exit code for that or, too young to know better, by the signal itself.</summary>
    internal bool WasInterrupted => Code is ExitCode.Interrupted || Signal is not (0 or Interop.LibC.SIGKILL or > 32) && !IsFault;

    // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS.
    private bool IsFault => Signal is 4 or 5 or 6 or 7 or 8 or 11 or 31;

    /// <summary>From the status word of waitpid(2).</summary>
    internal static ChildStatus Of(int status)
    {
        int signal = status & 0x7F;
        return signal == 0 ? new ChildStatus((ExitCode)((status >> 8) & 0xFF), 0) : new ChildStatus(null, signal);
    }
}
