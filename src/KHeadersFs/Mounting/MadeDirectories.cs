using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using KHeadersFs.Records;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Makes the directories that are missing on the way to a mount point, and removes them. Both go through descriptors of the
/// parents, by paths without links: below a directory of a user's, root follows nothing that the user puts there, and removes only
/// what it has made.
/// </summary>
internal static class MadeDirectories
{
    private const uint Everything = 0x1FF; // less the umask
    private const int EEXIST = 17;
    private const int EBUSY = 16;
    private const int EINVAL = 22; // of a file system without RENAME_NOREPLACE (rename(2)): NFS, 9P

    /// <summary>Makes what is missing of <paramref name="path"/>.</summary>
    /// <param name="path">Absolute and without symbolic links as far as it exists.</param>
    /// <param name="record">Takes each one before it has its name; null where none could be kept.</param>
    /// <param name="failure">What could not be made: then nothing is left of the others. Null for success.</param>
    /// <returns>Those that were made, the outermost first.</returns>
    internal static IReadOnlyList<MadeDirectory> Make(string path, MountRecord? record, out MakingFailure? failure)
    {
        var missing = new Stack<string>();
        string there = path;
        while (!PosixDirectory.Exists(there) && Path.GetDirectoryName(there) is { } parent)
        {
            missing.Push(Path.GetFileName(there));
            there = parent;
        }

        var made = new List<MadeDirectory>();
        failure = null;
        SafeFileHandle directory = LinklessPath.Open(there);
        while (!directory.IsInvalid && missing.TryPop(out string? name))
        {
            using SafeFileHandle parent = directory;
            there = Path.Combine(there, name);
            if (TryMake(parent, there, record) is { } directoryMade)
            {
                made.Add(directoryMade);
            }
            else if (Marshal.GetLastPInvokeError() != EEXIST)
            {
                failure = new MakingFailure(there, Marshal.GetLastPInvokeError());
                break;
            }

            directory = LinklessPath.Open(parent, name);
        }

        failure ??= directory.IsInvalid ? new MakingFailure(there, Marshal.GetLastPInvokeError()) : null;
        directory.Dispose();
        if (failure is not null)
        {
            Remove(made);
            made.Clear();
        }

        return made;
    }

    /// <summary>Removes directories, the outermost first in the list, as far as they are empty and still those that were made.</summary>
    /// <returns>Whether something is mounted on one of them, so that it is left.</returns>
    internal static bool Remove(IReadOnlyList<MadeDirectory> made)
    {
        bool isBusy = false;
        foreach (MadeDirectory directory in made.Reverse())
        {
            isBusy |= !TryRemove(directory.Path, directory.Identity) && Marshal.GetLastPInvokeError() == EBUSY;
        }

        return isBusy;
    }

    /// <summary>Removes directories that have not got their names, because their maker was killed.</summary>
    internal static void RemoveUnfinished(IReadOnlyList<string> paths)
    {
        foreach (string path in paths)
        {
            _ = TryRemove(path, identity: null);
        }
    }

    /// <summary>
    /// As above, where one of the directories around them has another name by now: <paramref name="place"/> is where the innermost is.
    /// </summary>
    internal static void RemoveAt(string place, IReadOnlyList<MadeDirectory> made)
    {
        string? path = place;
        foreach (MadeDirectory directory in made.Reverse())
        {
            if (path is null)
            {
                return;
            }

            _ = TryRemove(path, directory.Identity);
            path = Path.GetDirectoryName(path);
        }
    }

    /// <summary>
    /// Makes a directory under another name, and gives it its own when the record has its identity: so a process that is killed at any
    /// moment leaves nothing that the record does not know.
    /// </summary>
    /// <returns>Null with errno set: EEXIST where something is there.</returns>
    private static MadeDirectory? TryMake(SafeFileHandle parent, string path, MountRecord? record)
    {
        string name = Path.GetFileName(path);
        if (record is null)
        {
            return TryMakeAt(parent, name, path);
        }

        // No random number: that would need /dev/urandom.
        string temporary = string.Create(CultureInfo.InvariantCulture, $".kheadersfs-{Environment.ProcessId}-{Stopwatch.GetTimestamp()}");
        record.AddMaking(Path.Combine(Path.GetDirectoryName(path) ?? "/", temporary));
        if (TryMakeAt(parent, temporary, path) is not { } made)
        {
            return null;
        }

        record.Add(made);
        if (LibC.RenameAt(parent, temporary, parent, name, LibC.RENAME_NOREPLACE) == 0)
        {
            return made;
        }

        int error = Marshal.GetLastPInvokeError();
        _ = LibC.UnlinkAt(parent, temporary, LibC.AT_REMOVEDIR);
        if (error is not EINVAL)
        {
            Marshal.SetLastPInvokeError(error);
            return null;
        }

        MadeDirectory? directly = TryMakeAt(parent, name, path);
        if (directly is not null)
        {
            record.Add(directly);
        }

        return directly;
    }

    private static MadeDirectory? TryMakeAt(SafeFileHandle parent, string name, string path) =>
        LibC.MakeDirectoryAt(parent, name, Everything) == 0 && FileIdentity.TryOf(parent, name) is { } identity
            ? new MadeDirectory(path, identity)
            : null;

    /// <summary>False with errno set where it could not be removed; true where it is another one by now.</summary>
    private static bool TryRemove(string path, FileIdentity? identity)
    {
        using SafeFileHandle parent = LinklessPath.Open(Path.GetDirectoryName(path) ?? "/");
        string name = Path.GetFileName(path);
        return parent.IsInvalid
            || (identity is not null && FileIdentity.TryOf(parent, name) != identity)
            || LibC.UnlinkAt(parent, name, LibC.AT_REMOVEDIR) == 0;
    }
}
