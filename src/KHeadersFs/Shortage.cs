using KHeadersFs.Posix;

namespace KHeadersFs;

/// <summary>Failures that are the system's limits and not a fault of the program, wherever they show.</summary>
internal static class Shortage
{
    /// <summary>One line that says what there is too little of, or null when it is not that.</summary>
    internal static string? Of(Exception exception) => exception switch
    {
        TypeInitializationException { InnerException: { } cause } => Of(cause),
        OutOfMemoryException or ThreadStartException or IOException { HResult: PosixException.ENOMEM } =>
            "memory: there is not enough of it; free some, or raise the limit (ulimit -d, ulimit -v, ulimit -u)",
        IOException { HResult: PosixException.EMFILE or PosixException.ENFILE } =>
            $"{Subject(exception)}: too many files are open; raise the limit (ulimit -n)",
        IOException { HResult: PosixException.EFBIG } =>
            $"{Subject(exception)}: would be larger than files may be; raise the limit (ulimit -f)",
        PosixException failure => $"{failure.Subject}: {failure.Reason}; see that it can be read and written",
        _ => null,
    };

    private static string Subject(Exception exception) => (exception as PosixException)?.Subject ?? "a file";
}
