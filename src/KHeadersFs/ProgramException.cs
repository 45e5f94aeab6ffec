namespace KHeadersFs;

/// <summary>Why the program ends without a mount: one line for the user, and the exit code.</summary>
internal sealed class ProgramException : Exception
{
    /// <summary>Ends the program with <paramref name="code"/>, saying <paramref name="message"/>, or nothing if that is empty: another process has said it.</summary>
    internal ProgramException(ExitCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>The exit code.</summary>
    internal ExitCode Code { get; }
}
