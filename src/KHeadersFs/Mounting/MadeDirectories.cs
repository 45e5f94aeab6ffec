using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
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

    /// <summary>Makes what is missing of <paramref name="path"/>.</summary>
    /// <param name="path">Absolute and without symbolic links as far as it exists.</param>
    /// <param name="complaint">Why not all could be made: then nothing is left of them. Null for success.</param>
    /// <returns>Those that were made, the outermost first.</returns>
    internal static IReadOnlyList<MadeDirectory> Make(string path, out string? complaint)
    {
        var missing = new Stack<string>();
        string there = path;
        while (!PosixDirectory.Exists(there) && Path.GetDirectoryName(there) is { } parent)
        {
            missing.Push(Path.GetFileName(there));
            there = parent;
        }

        var made = new List<MadeDirectory>();
        complaint = null;
        SafeFileHandle directory = LinklessPath.Open(there);
        while (!directory.IsInvalid && missing.TryPop(out string? name))
        {
            using SafeFileHandle parent = directory;
            there = Path.Combine(there, name);
            bool isNew = LibC.MakeDirectoryAt(parent, name, Everything) == 0;
            if (!isNew && Marshal.GetLastPInvokeError() != EEXIST)
            {
                complaint = Marshal.GetLastPInvokeErrorMessage();
                break;
            }

            directory = LinklessPath.Open(parent, name);
            if (isNew && !directory.IsInvalid && FileIdentity.TryOf(directory, "") is { } identity)
            {
                made.Add(new MadeDirectory(there, identity));
            }
        }

        complaint ??= directory.IsInvalid ? Marshal.GetLastPInvokeErrorMessage() : null;
        directory.Dispose();
        if (complaint is not null)
        {
            Remove(made);
            made.Clear();
        }

        return made;
    }

    /// <summary>Removes directories, the outermost first in the list, as far as they are empty and still those that were made.</summary>
    internal static void Remove(IReadOnlyList<MadeDirectory> made)
    {
        foreach (MadeDirectory directory in made.Reverse())
        {
            if (!TryRemove(directory.Path, directory.Identity))
            {
                return; // somebody uses it by now, and so the ones around it
            }
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
            if (path is null || !TryRemove(path, directory.Identity))
            {
                return;
            }

            path = Path.GetDirectoryName(path);
        }
    }

    private static bool TryRemove(string path, FileIdentity identity)
    {
        using SafeFileHandle parent = LinklessPath.Open(Path.GetDirectoryName(path) ?? "/");
        string name = Path.GetFileName(path);
        return !parent.IsInvalid
            && FileIdentity.TryOf(parent, name) == identity
            && LibC.UnlinkAt(parent, name, LibC.AT_REMOVEDIR) == 0;
    }
}
