using KHeadersFs.Commands;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Records;

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
    /// <summary>
    /// Returns true when a live one of the same tree is there, so that nothing is left to do. Takes away those whose server has
    /// died ("Transport endpoint is not connected") and, with -o force, those that serve something else.
    /// </summary>
    /// <exception cref="ProgramException">
    /// A live one of another tree is there, or somebody else's, or its server does not answer.
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

            if (!TryTakeAway(mount))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes away mounts on <paramref name="directory"/> whose server has died, as far as that is possible.</summary>
    internal static void RemoveDead(string directory)
    {
        try
        {
            while (MountInfo.Find(directory) is { } mount && IsOfProgram(mount) && IsTrusted(mount))
            {
                using var root = MountRoot.Open(mount);
                if (!root.IsDead())
                {
                    return;
                }

                root.Detach();
            }
        }
        catch (Exception e) when (e is ProgramException or FuseException)
        {
            // Not ours to unmount, or it does not answer: something else has failed before, and that is what is told.
        }
    }

    /// <summary>True for a mount that says it is of this program.</summary>
    internal static bool IsOfProgram(MountInfo mount) => string.Equals(mount.Type, MountCommand.FileSystemType, StringComparison.Ordinal);

    /// <summary>True for one that this user has made, or root: anybody else's can serve what they like under any name.</summary>
    internal static bool IsTrusted(MountInfo mount) => mount.UserId is { } user && (user == 0 || user == LibC.GetEffectiveUserId());

    /// <summary>True for what the kernel answers in the place of a server that has died.</summary>
    internal static bool IsEnd(Errno errno) => errno is Errno.ENOTCONN or Errno.ECONNABORTED;

    /// <summary>
    /// Other places of a mount whose server has died, with the command that takes them away; null for none. Each copy (mount --bind) keeps
    /// the dead file system.
    /// </summary>
    internal static string? CopiesOf(MountInfo mount)
    {
        string[] places = [.. MountInfo.AllOf(mount.Major, mount.Minor).Where(IsOfProgram).Select(static copy => copy.Directory)];
        return places is [] ? null : $"its copies are dead as well, and stay: umount -l {string.Join(' ', places)}";
    }

    /// <summary>
    /// The <see cref="TreeOptions"/> of a mount that is there: by its record, or where none could be kept by what its server has noted, if this
    /// user may see that. Null where neither tells.
    /// </summary>
    internal static IReadOnlyList<string>? TreeOf(MountInfo mount) => MountRecord.TreeOf(mount)
        ?? RunningServer.All().FirstOrDefault(s => s.Device == (mount.Major, mount.Minor) && s.Tree is not [])?.Tree;

    /// <summary>Takes a mount away that is dead, or is to be replaced; false for one that is what is wanted.</summary>
    private bool TryTakeAway(MountInfo mount)
    {
        try
        {
            using var root = MountRoot.Open(mount);
            bool isDead = root.IsDead();
            string? difference = isDead ? null : Difference(mount);
            if (!isDead && difference is null)
            {
                return false;
            }

            if (!isDead && !settings.Force)
            {
                throw new ProgramException(ExitCode.MountFailure, $"{directory}: {difference}; umount {directory} first, or mount with -o force");
            }

            inherit(MountRecord.MadeFor(mount));
            root.Detach();
            string? copies = isDead && CopiesOf(mount) is { } left ? $"; {left}" : null;
            tell($"{directory}: {(isDead ? "replaced a mount whose server had died" : $"replaced, with -o force: {difference}")}{copies}");
            return true;
        }
        catch (FuseException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{directory}: another mount is in the way: {e.Message}; umount -l {directory} as root", e);
        }
    }

    /// <summary>How a live mount differs from what is wanted; null for not at all.</summary>
    private string? Difference(MountInfo mount)
    {
        if (!string.Equals(mount.Source, source, StringComparison.Ordinal))
        {
            return $"{mount.Source} is mounted there already";
        }

        if (MountRecord.IsOutdated(mount, settings))
        {
            return $"{mount.Source} is mounted there already, but has changed since: an older one is served";
        }

        if (TreeOf(mount) is { } tree)
        {
            return TreeOptions.Difference(tree, TreeOptions.Of(settings)) is { } difference ? $"{mount.Source} is mounted there already, {difference}" : null;
        }

        // Another user's: who asks for nothing special gets what there is.
        return TreeOptions.Unusual(settings) is [var asked, ..] ? $"{mount.Source} is mounted there already, and only user {mount.UserId} sees whether with {asked}" : null;
    }
}
