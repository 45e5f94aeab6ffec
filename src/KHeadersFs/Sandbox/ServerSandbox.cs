using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Sandbox;

/// <summary>
/// What root's server gives up once its mount stands, the keeper has the right to unmount, and the walker is there: root's files and processes
/// (it becomes a user that nobody else is, without any capability), new privileges by programs that it starts, core dumps, being looked into
/// by others, and all system calls but those of <see cref="SystemCalls"/>. An ordinary user's server has no right to give up, and needs fusermount3,
/// which is set-user-ID, to unmount: there it is core dumps alone.
/// </summary>
internal static class ServerSandbox
{
    /// <summary>
    /// The first of 65,536 user ids that no system gives to anybody (systemd, "Users, Groups, UIDs and GIDs": from 2147352576 + 65536 on "HIC SVNT LEONES"), and below
    /// 2^31, beyond which some kernel interfaces take them for negative.
    /// </summary>
    private const uint FirstUnused = 0x7FFF0000;

    /// <summary>More than a server ever has. The kernel counts root's for no limit (RLIMIT_NPROC), and those of any other user.</summary>
    internal const ulong Threads = 128;

    /// <summary>The user "nobody" and the kernel's overflow user, for a user namespace that has no large ids.</summary>
    private const uint Nobody = 65534;

    /// <summary>Gives up what it can in all threads; with -o setuid it is another user already. Returns what it could not give up, in words; empty for nothing.</summary>
    /// <param name="mountMinor">The minor number of the mount's st_dev, which no other mount has: so no other server is the same user.</param>
    /// <param name="program">Where the path of the program is that may take over; 0 for nowhere.</param>
    internal static string Enter(uint mountMinor, nuint program)
    {
        var given = new GivenUp();
        uint own = FirstUnused + (mountMinor & 0xFFFF);
        if (given.Note(ResourceLimit.TryAllowProcesses(Threads), "root's files, as the limit of processes (ulimit -u) is too low for another user's"))
        {
            given.Note(LibC.GetEffectiveUserId() != 0 || TryBecome(own, own) || TryBecome(Nobody, Nobody), "root's files");
        }

        given.Note(LibC.LowerCapabilities(0) == 0, "capabilities");
        given.Note(LibC.ProcessControl(LibC.PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "being looked into");
        given.Note(ResourceLimit.TryForbidCores(), "core dumps");
        if (given.Note(LibC.ProcessControl(LibC.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "new privileges") && !SystemCallFilter.IsInherited)
        {
            given.Note(SystemCallFilter.TrySetForServer(program), "system calls");
        }

        return given.Failures;
    }

    /// <summary>
    /// Becomes a user in all threads, those of the runtime too: the C library sees to that (nptl(7)), and the kernel takes away every capability of a thread
    /// that was root's (capabilities(7), "Effect of user ID changes on capabilities"). False with errno set.
    /// </summary>
    internal static unsafe bool TryBecome(uint user, uint group) =>
        LibC.SetGroups(0, null) == 0 && LibC.SetGroupId(group) == 0 && LibC.SetUserId(user) == 0;
}
