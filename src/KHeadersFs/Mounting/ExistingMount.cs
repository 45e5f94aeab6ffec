using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Records;
using KHeadersFs.Serving;

namespace KHeadersFs.Mounting;

/// <summary>What to do about a mount of ours that stands on the directory already.</summary>
/// <param name="settings">What the user asked for.</param>
/// <param name="directory">The mount point, resolved.</param>
/// <param name="source">What the mount table would show.</param>
/// <param name="tell">Takes a line about a mount that was taken away.</param>
/// <param name="inherit">Takes the directories that were made for a mount that was taken away, before it is.</param>
internal sealed class ExistingMount(
    MountSettings settings, string directory, string source, Action<string> tell, Action<IReadOnlyList<MadeDirectory>> inherit)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Returns true when a live one of the same archive is there, so that nothing is left to do. Takes away those whose server has
    /// died ("Transport endpoint is not connected") and, with -o force, those that serve something else.
    /// </summary>
    /// <exception cref="ProgramException">
    /// A live one of another archive is there, or somebody else's, or its server does not answer.
    /// </exception>
    internal bool IsThere()
    {
        while (MountInfo.Find(directory) is { } mount && IsOfProgram(mount))
        {
            if (!IsTrusted(mount))
            {
                // Not even asked: its server is that user's, who may have it say anything, or nothing.
                throw new ProgramException(
                    ExitCode.MountFailure, $"{directory}: user {mount.UserId} has mounted {mount.Source} there; umount {directory} first");
            }

            bool isDead = IsDead(directory);
            string? difference = isDead ? null : Difference(mount);
            if (!isDead && difference is null)
            {
                return true;
            }

            if (!isDead && !settings.Force)
            {
                throw new ProgramException(ExitCode.MountFailure, $"{directory}: {difference}; umount {directory} first, or mount with -o force");
            }

            inherit(MountRecord.MadeFor(mount));
            Unmount(directory);
            tell($"{directory}: {(isDead ? "replaced a mount whose server had died" : $"replaced, with -o force: {difference}")}");
        }

        return false;
    }

    /// <summary>Takes away mounts on <paramref name="directory"/> whose server has died, as far as that is possible.</summary>
    internal static void RemoveDead(string directory)
    {
        try
        {
            while (MountInfo.Find(directory) is { } mount && IsOfProgram(mount) && IsTrusted(mount) && IsDead(directory))
            {
                Unmount(directory);
            }
        }
        catch (ProgramException)
        {
            // Not ours to unmount, or it does not answer: something else has failed before, and that is what is told.
        }
    }

    /// <summary>True for a mount that says it is of this program.</summary>
    internal static bool IsOfProgram(MountInfo mount) => string.Equals(mount.Type, MountCommand.FileSystemType, StringComparison.Ordinal);

    /// <summary>True for one that this user has made, or root: anybody else's can serve what they like under any name.</summary>
    internal static bool IsTrusted(MountInfo mount) => mount.UserId is { } user && (user == 0 || user == LibC.GetEffectiveUserId());

    /// <summary>How a live mount differs from what is wanted; null for not at all.</summary>
    private string? Difference(MountInfo mount) =>
        !string.Equals(mount.Source, source, StringComparison.Ordinal) ? $"{mount.Source} is mounted there already"
        : MountRecord.IsOutdated(mount, settings.Source) ? $"{mount.Source} is mounted there already, but has changed since: an older one is served"
        : null;

    /// <summary>True for a mount whose server has died.</summary>
    /// <exception cref="ProgramException">It does not answer.</exception>
    internal static bool IsDead(string directory) => IsEnd((Errno)Ask(directory));

    /// <summary>True for what the kernel answers in the place of a server that has died.</summary>
    internal static bool IsEnd(Errno errno) => errno is Errno.ENOTCONN or Errno.ECONNABORTED;

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

    /// <summary>
    /// The errno of statfs(2), which waits for the server for as long as that takes; 0 for an answer. EACCES for who may not enter: the
    /// kernel then does not ask and succeeds, with zeros (fs/fuse/inode.c: fuse_statfs), also of what a server would never say.
    /// </summary>
    internal static unsafe int StatFs(string directory)
    {
        const int BlockSize = 1; // f_bsize of struct statfs, counted in its members of 8 bytes
        long* result = stackalloc long[32];
        return LibC.StatFs(directory, (byte*)result) < 0 ? Marshal.GetLastPInvokeError()
            : result[BlockSize] == 0 ? (int)Errno.EACCES
            : 0;
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
