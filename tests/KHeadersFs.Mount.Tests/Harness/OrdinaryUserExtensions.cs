using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Clears up after a user's copy of the program, which <see cref="MountSite"/> does not know.</summary>
internal static class OrdinaryUserExtensions
{
    /// <summary>Ends the user's servers and unmounts a directory.</summary>
    internal static void Clear(this OrdinaryUser user, string directory)
    {
        IReadOnlyList<int> servers = ProcFs.Running(user.Program);
        foreach (int id in servers)
        {
            _ = Syscall.kill(id, Signum.SIGKILL);
        }

        _ = Native.umount2(directory, Native.MNT_DETACH);
        Deadline.Until(() => ProcFs.Running(user.Program).Count == 0, "the end of the user's servers");
    }
}
