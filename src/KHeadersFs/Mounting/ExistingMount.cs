using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Serving;

namespace KHeadersFs.Mounting;

/// <summary>What to do about a mount of ours that stands on the directory already.</summary>
internal static class ExistingMount
{
    private const int ENOTCONN = 107;
    private const int ECONNABORTED = 103;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Takes away mounts on <paramref name="directory"/> whose server has died ("Transport endpoint is not connected").
    /// Returns true when a live one of the same source is there, so that nothing is left to do.
    /// </summary>
    /// <exception cref="ProgramException">A live one of another source is there, or its server does not answer.</exception>
    internal static bool IsThere(string directory, string source, Action<string> tell)
    {
        while (MountInfo.Find(directory) is { } mount && IsOurs(mount))
        {
            if (!IsDead(directory))
            {
                return string.Equals(mount.Source, source, StringComparison.Ordinal)
                    ? true
                    : throw new ProgramException(
                        ExitCode.MountFailure, $"{directory}: {mount.Source} is mounted there already; umount {directory} first");
            }

            Unmount(directory);
            tell($"{directory}: replaced a mount whose server had died");
        }

        return false;
    }

    /// <summary>Takes away mounts on <paramref name="directory"/> whose server has died, as far as that is possible.</summary>
    internal static void RemoveDead(string directory)
    {
        try
        {
            while (MountInfo.Find(directory) is { } mount && IsOurs(mount) && IsDead(directory))
            {
                Unmount(directory);
            }
        }
        catch (ProgramException)
        {
            // Not ours to unmount, or it does not answer: something else has failed before, and that is what is told.
        }
    }

    /// <summary>True for a mount of this program.</summary>
    internal static bool IsOurs(MountInfo mount) => string.Equals(mount.Type, MountCommand.FileSystemType, StringComparison.Ordinal);

    private static bool IsDead(string directory) => Ask(directory) is ENOTCONN or ECONNABORTED;

    /// <summary>The errno of statfs(2), which the kernel passes on each time; 0 for an answer.</summary>
    private static int Ask(string directory)
    {
        int error = 0;
        var question = new Thread(() => error = StatFs(directory)) { IsBackground = true };
        question.Start();
        return question.Join(s_patience)
            ? error
            : throw new ProgramException(
                ExitCode.MountFailure, $"{directory}: the server of the mount there does not answer; kill it and umount -l {directory}");
    }

    private static unsafe int StatFs(string directory)
    {
        byte* result = stackalloc byte[256];
        return LibC.StatFs(directory, result) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static void Unmount(string directory)
    {
        try
        {
            Unmounter.Unmount(directory, lazy: true);
        }
        catch (FuseException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{directory}: a dead mount is in the way: {e.Message}; umount -l {directory} as root", e);
        }
    }
}
