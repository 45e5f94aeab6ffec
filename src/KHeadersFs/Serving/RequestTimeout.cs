using KHeadersFs.Posix;

namespace KHeadersFs.Serving;

/// <summary>
/// How long the kernel waits for an answer before it ends the mount (since Linux 6.15). A server that is stopped, frozen with its control
/// group or paused under a debugger owes answers for long, and afterwards gives them all.
/// </summary>
internal static class RequestTimeout
{
    /// <summary>The administrator's limit for servers that ask for none, in seconds; 0 is none.</summary>
    private const string DefaultFile = "/proc/sys/fs/fuse/default_request_timeout";

    /// <summary>What INIT has to ask for, in seconds, so that the mount is not ended; 0 for nothing.</summary>
    /// <remarks>
    /// The most that there is, 18 hours: who wants less for every server says so by fs.fuse.max_request_timeout, which the kernel
    /// applies by itself. Where there is no default nothing is asked for, for that would be a limit where there was none.
    /// </remarks>
    internal static ushort ToAskFor()
    {
        try
        {
            return PosixFile.ReadText(DefaultFile).Trim() is "0" ? (ushort)0 : ushort.MaxValue;
        }
        catch (IOException)
        {
            return 0; // no such limit in this kernel
        }
    }
}
