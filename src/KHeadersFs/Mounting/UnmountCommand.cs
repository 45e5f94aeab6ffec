using KHeadersFs.Fuse;
using KHeadersFs.Records;
using KHeadersFs.Serving;

namespace KHeadersFs.Mounting;

/// <summary>-u: unmounts what the caller has mounted, dead or alive.</summary>
internal static class UnmountCommand
{
    /// <summary>Unmounts the topmost mount on <paramref name="directory"/>, which must be one of ours.</summary>
    /// <param name="directory">Where, as given.</param>
    /// <param name="root">Below which it is.</param>
    /// <param name="tell">Takes a line about what is left of a dead mount.</param>
    /// <exception cref="ProgramException">It is no mount of ours, in use, or somebody else's.</exception>
    internal static void Run(string directory, string root, Action<string> tell)
    {
        MountInfo? unmounted = null;
        try
        {
            unmounted = Unmount(directory, root);
        }
        finally
        {
            // Also where somebody has unmounted a dead mount in another way before.
            MountRecord.Sweep(unmounted);
        }

        if (MountInfo.AllOf(unmounted.Major, unmounted.Minor) is [var copy, ..] && IsDead(copy) && ExistingMount.CopiesOf(unmounted) is { } copies)
        {
            tell($"{directory}: a mount whose server had died was unmounted; {copies}");
        }
    }

    private static MountInfo Unmount(string directory, string root)
    {
        string path = MountPoint.TryResolve(directory, root) ?? directory;
        if (MountInfo.Find(path) is not { } mount || !ExistingMount.IsOfProgram(mount))
        {
            throw new ProgramException(ExitCode.MountFailure, MountPoint.WhyUnseen(directory, root) is { } why
                ? $"{directory}: {why}; unmount it as a user who may"
                : $"{directory}: no kheadersfs is mounted there; findmnt -t {MountCommand.FileSystemType} lists them");
        }

        try
        {
            UnmountDeadOrAlive(mount);
            return mount;
        }
        catch (FuseException e)
        {
            throw new ProgramException(e.Errno == Errno.EPERM ? ExitCode.System : ExitCode.MountFailure, $"{directory}: {e.Message}", e);
        }
    }

    private static void UnmountDeadOrAlive(MountInfo mount)
    {
        try
        {
            Unmounter.Unmount(mount);
        }
        catch (FuseException e) when (e.Errno == Errno.EBUSY && ExistingMount.IsTrusted(mount))
        {
            using var root = MountRoot.Open(mount);
            if (!root.IsDead())
            {
                throw;
            }

            // Whoever uses one whose server has died has nothing left to lose.
            root.Detach();
        }
    }

    /// <summary>False also for one that cannot be asked, or hangs: that has a server.</summary>
    private static bool IsDead(MountInfo copy)
    {
        try
        {
            using var root = MountRoot.Open(copy);
            return ExistingMount.IsTrusted(copy) && root.IsDead();
        }
        catch (Exception e) when (e is ProgramException or FuseException)
        {
            return false;
        }
    }
}
