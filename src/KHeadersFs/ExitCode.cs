namespace KHeadersFs;

/// <summary>How the program ends, in the numbers of mount(8), "EXIT STATUS".</summary>
internal enum ExitCode
{
    /// <summary>The mount answers, or the server has ended as it was told to.</summary>
    Success = 0,

    /// <summary>
    /// The command line cannot be understood; verify: the archive has a fault; doctor: mounting does not work; cflags: the headers are unfinished.
    /// </summary>
    Usage = 1,

    /// <summary>The system lacks something: no /dev/fuse, no permission, no memory.</summary>
    System = 2,

    /// <summary>A fault of this program.</summary>
    Bug = 4,

    /// <summary>A signal came before the mount was in place.</summary>
    Interrupted = 8,

    /// <summary>
    /// status: nothing is mounted there, or it does not answer; cflags: the server of the mount does not answer, or has died. A server: its connection was aborted. A number that mount(8) gives to what is not done here.
    /// </summary>
    NoAnswer = 16,

    /// <summary>The archive or the directory cannot be used.</summary>
    MountFailure = 32,
}
