using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Sandbox;

/// <summary>
/// What a server gives up once its mount stands: core dumps and, as root, nearly all capabilities, new privileges by programs that it starts,
/// being looked into by others, and all system calls but those of <see cref="SystemCalls"/>. An ordinary user's server has no right to give
/// up, and needs fusermount3, which is set-user-ID, to unmount: there it is core dumps alone.
/// </summary>
internal static class ServerSandbox
{
    private const int CAP_DAC_OVERRIDE = 1;
    private const int CAP_FOWNER = 3;
    private const int CAP_SYS_PTRACE = 19;
    private const int CAP_SYS_ADMIN = 21;

    /// <summary>To unmount.</summary>
    internal const ulong Unmounting = 1UL << CAP_SYS_ADMIN;

    /// <summary>To remove what was made below another user's directory, and to read a tree that its owner alone may read.</summary>
    internal const ulong ForeignFiles = (1UL << CAP_DAC_OVERRIDE) | (1UL << CAP_FOWNER);

    /// <summary>To see which processes share a mount namespace.</summary>
    internal const ulong ForeignProcesses = 1UL << CAP_SYS_PTRACE;

    /// <summary>Gives up what it can: capabilities in this thread and those that it starts from now on, all else in all threads. Returns what it could not give up, in words; empty for nothing.</summary>
    /// <param name="keep">Capabilities that are kept, if they are there.</param>
    /// <param name="isRoot">Whether the mount is root's, whoever serves it.</param>
    internal static string Enter(ulong keep, bool isRoot)
    {
        var given = new GivenUp();
        given.Note(ResourceLimit.TryForbidCores(), "core dumps");
        if (!isRoot)
        {
            return given.Failures;
        }

        given.Note(LibC.ProcessControl(LibC.PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "being looked into");
        given.Note(LibC.LowerCapabilities(keep) == 0, "capabilities");
        if (given.Note(LibC.ProcessControl(LibC.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "new privileges") && !SystemCallFilter.IsInherited)
        {
            given.Note(SystemCallFilter.TrySetForServer(), "system calls");
        }

        return given.Failures;
    }
}
