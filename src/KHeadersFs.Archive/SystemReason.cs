using System.Runtime.InteropServices;

namespace KHeadersFs.Archive;

/// <summary>What the system said when a file could not be opened or read.</summary>
public static class SystemReason
{
    private const int LargestErrno = 4095;
    private const int ENOENT = 2;
    private const int EACCES = 13;

    /// <summary>
    /// The reason alone, as strerror(3) has it. The base class library's message names the path too, which a message that
    /// reads on after "NAME: " has named already.
    /// </summary>
    public static string Of(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Marshal.GetPInvokeErrorMessage(ENOENT),
        UnauthorizedAccessException => Marshal.GetPInvokeErrorMessage(EACCES),

        // dotnet/runtime, Interop.IOErrors.cs: an errno without an exception of its own becomes the HResult.
        IOException { HResult: > 0 and <= LargestErrno } => Marshal.GetPInvokeErrorMessage(exception.HResult),
        _ => exception.Message.TrimEnd('.'),
    };
}
