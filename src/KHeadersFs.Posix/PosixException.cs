using System.Runtime.InteropServices;

namespace KHeadersFs.Posix;

/// <summary>A system call that failed: what it was about, and why. errno is the HResult too, as in the base class library.</summary>
internal sealed class PosixException : IOException
{
    /// <summary>ENOENT, "No such file or directory".</summary>
    internal const int ENOENT = 2;

    /// <summary>ENOMEM, "Cannot allocate memory".</summary>
    internal const int ENOMEM = 12;

    /// <summary>EACCES, "Permission denied".</summary>
    internal const int EACCES = 13;

    /// <summary>EEXIST, "File exists".</summary>
    internal const int EEXIST = 17;

    /// <summary>ENOTDIR, "Not a directory".</summary>
    internal const int ENOTDIR = 20;

    /// <summary>ENFILE, "Too many open files in system".</summary>
    internal const int ENFILE = 23;

    /// <summary>EMFILE, "Too many open files".</summary>
    internal const int EMFILE = 24;

    /// <summary>EFBIG, "File too large": for a file in memory too, RLIMIT_FSIZE says what that is.</summary>
    internal const int EFBIG = 27;

    /// <summary>EPIPE, "Broken pipe".</summary>
    internal const int EPIPE = 32;

    /// <summary>Describes the failure of the last native call.</summary>
    internal PosixException(string subject)
        : this(subject, Marshal.GetLastPInvokeError())
    {
    }

    /// <summary>Describes a failure.</summary>
    internal PosixException(string subject, int errno)
        : base($"{subject}: {Marshal.GetPInvokeErrorMessage(errno)}", errno)
    {
        Subject = subject;
        Errno = errno;
    }

    /// <summary>On what: a path, usually.</summary>
    internal string Subject { get; }

    /// <summary>Why.</summary>
    internal int Errno { get; }

    /// <summary>Why, in words.</summary>
    internal string Reason => Marshal.GetPInvokeErrorMessage(Errno);
}
