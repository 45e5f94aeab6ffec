using System.Runtime.InteropServices;

namespace KHeadersFs.Fuse;

/// <summary>Something failed before or outside of serving. The message is one line that says what to do.</summary>
public sealed class FuseException : Exception
{
    /// <summary>Describes a failure.</summary>
    /// <param name="operation">What was tried, to follow "cannot": "open", "mount on".</param>
    /// <param name="subject">On what: a path, usually.</param>
    /// <param name="errno">The cause, or none where the advice says it all.</param>
    /// <param name="advice">What to do about it, or empty.</param>
    public FuseException(string operation, string subject, Errno errno, string advice)
        : base(Describe(operation, subject, errno, advice))
    {
        Operation = operation;
        Subject = subject;
        Errno = errno;
        Advice = advice;
    }

    /// <summary>What was tried.</summary>
    public string Operation { get; }

    /// <summary>On what.</summary>
    public string Subject { get; }

    /// <summary>The cause; none when no system call failed.</summary>
    public Errno Errno { get; }

    /// <summary>What to do about it; may be empty.</summary>
    public string Advice { get; }

    private static string Describe(string operation, string subject, Errno errno, string advice)
    {
        string tried = $"cannot {operation} {subject}";
        if (errno == Errno.None)
        {
            return advice.Length == 0 ? tried : $"{tried}: {advice}";
        }

        string failed = $"{tried}: {Marshal.GetPInvokeErrorMessage((int)errno)} ({errno})";
        return advice.Length == 0 ? failed : $"{failed}; {advice}";
    }
}
