using KHeadersFs.Fuse;
using KHeadersFs.Records;
using KHeadersFs.Serving;

namespace KHeadersFs.Mounting;

/// <summary>-u: unmounts what the caller has mounted, dead or alive.</summary>
internal static class UnmountCommand
{
    /// <summary>Unmounts the topmost mount on <paramref name="directory"/>, which must be one of ours.</summary>
    /// <exception cref="ProgramException">It is no mount of ours, in use, or somebody else's.</exception>
    internal static void Run(string directory)
    {
        try
        {
            Unmount(directory);
        }
        finally
        {
            // Also where somebody has unmounted a dead mount in another way before.
            MountRecord.Sweep();
        }
    }

    private static void Unmount(string directory)
    {
        string path = MountPoint.TryResolve(directory) ?? directory;
        if (MountInfo.Find(path) is not { } mount || !ExistingMount.IsOfProgram(mount))
        {
            throw new ProgramException(ExitCode.MountFailure, $"{directory}: no kheadersfs is mounted there; findmnt -t {MountCommand.FileSystemType} lists them");
        }

        try
        {
            UnmountDeadOrAlive(path, mount);
        }
        catch (FuseException e)
        {
            throw new ProgramException(
                e.Errno == Errno.EPERM ? ExitCode.System : ExitCode.MountFailure, $"{directory}: {e.Message}; fuser -m {directory} shows who uses it", e);
        }
    }

    private static void UnmountDeadOrAlive(string path, MountInfo mount)
    {
        try
        {
            Unmounter.Unmount(path, lazy: false);
        }
        catch (FuseException) when (ExistingMount.IsTrusted(mount) && ExistingMount.IsDead(path))
        {
            // In use, but whoever uses one whose server has died has nothing left to lose.
            Unmounter.Unmount(path, lazy: true);
        }
    }
}
