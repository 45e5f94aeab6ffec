using System.Runtime.InteropServices;

namespace KHeadersFs.Sandbox;

/// <summary>Notes what a process could not give up.</summary>
internal sealed class GivenUp
{
    private readonly List<string> _failures = [];

    /// <summary>In words, with the system's reasons; empty when all has been given up.</summary>
    internal string Failures => string.Join(", ", _failures);

    /// <summary>Notes a step that has just been taken, by its name where it has failed; whether it has not.</summary>
    internal bool Note(bool isDone, string what)
    {
        if (!isDone)
        {
            int error = Marshal.GetLastPInvokeError();
            _failures.Add(error == 0 ? what : $"{what} ({Marshal.GetPInvokeErrorMessage(error)})");
        }

        return isDone;
    }
}
