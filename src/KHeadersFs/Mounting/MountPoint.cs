using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>The directory to mount on: resolved, and made if that was asked for.</summary>
internal sealed class MountPoint
{
    private const string DescriptorPrefix = "/dev/fd/";

    private MountPoint(string path, IReadOnlyList<string> created)
    {
        Path = path;
        Created = created;
    }

    /// <summary>Absolute, symbolic links resolved.</summary>
    internal string Path { get; }

    /// <summary>Directories that were made for it, the outermost first; to be removed when the mount has ended.</summary>
    internal IReadOnlyList<string> Created { get; }

    /// <summary>The descriptor of /dev/fuse that DIR names when it is "/dev/fd/N": somebody else has mounted it already.</summary>
    internal static int? DescriptorOf(string directory) =>
        directory.StartsWith(DescriptorPrefix, StringComparison.Ordinal)
        && int.TryParse(directory.AsSpan(DescriptorPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;

    /// <summary>The mount point that the settings name.</summary>
    /// <exception cref="ProgramException">It does not exist, is no directory, or cannot be made.</exception>
    internal static MountPoint Prepare(MountSettings settings)
    {
        string given = settings.Directory;
        if (TryResolve(given) is { } resolved)
        {
            return new MountPoint(RequireDirectory(given, resolved), []);
        }

        string reason = Marshal.GetLastPInvokeErrorMessage();
        string? target = PosixFile.ReadLink(given);
        if (!settings.MakeDirectory)
        {
            throw Unusable(given, target is null
                ? $"{reason}; create the directory first (mkdir -p), or mount with -o mkdir"
                : $"is a symbolic link to {target}, which does not exist; create that directory, or mount with -o mkdir");
        }

        // A relative target counts from where the link really is: /lib may be a link to usr/lib.
        string full = PosixDirectory.Absolute(given);
        string parent = Parent(full);
        string wanted = target is null ? full : System.IO.Path.Combine(RealPath(parent) ?? parent, target);
        List<string> created = Make(given, PosixDirectory.Absolute(wanted));
        return new MountPoint(TryResolve(given) ?? wanted, created);
    }

    /// <summary>
    /// The absolute path of <paramref name="directory"/>, symbolic links resolved, or null with errno set. The last component
    /// may be a mount whose server has died.
    /// </summary>
    internal static string? TryResolve(string directory)
    {
        if (RealPath(directory) is { } path)
        {
            return path;
        }

        const int ENOTCONN = 107;
        if (Marshal.GetLastPInvokeError() != ENOTCONN)
        {
            return null;
        }

        string full = PosixDirectory.Absolute(directory);
        return RealPath(Parent(full)) is { } parent
            ? System.IO.Path.Combine(parent, System.IO.Path.GetFileName(full))
            : null;
    }

    /// <summary>
    /// What the mount table shows for an archive. systemd takes a path below /sys or /dev for a device and waits for it, so
    /// the kernel's own archive is called "kheaders".
    /// </summary>
    internal static string SourceLabel(MountSettings settings)
    {
        if (settings.FileSystemName is { } name)
        {
            return name;
        }

        if (settings.Source is "kheaders" or "none" or "auto" or "-")
        {
            return "kheaders";
        }

        string path = PosixDirectory.Absolute(settings.Source);
        string[] virtualRoots = ["/sys/", "/dev/", "/proc/"];
        return Array.Exists(virtualRoots, r => path.StartsWith(r, StringComparison.Ordinal)) ? "kheaders" : path;
    }

    /// <summary>Removes directories that were made for a mount, as far as they are empty.</summary>
    internal static void Remove(IReadOnlyList<string> created)
    {
        foreach (string directory in created.Reverse())
        {
            if (!PosixDirectory.TryRemove(directory))
            {
                return; // somebody uses it by now, and so the ones around it
            }
        }
    }

    private static List<string> Make(string given, string path)
    {
        var missing = new Stack<string>();
        for (string directory = path; !PosixDirectory.Exists(directory) && directory is not "/"; directory = Parent(directory))
        {
            missing.Push(directory);
        }

        var created = new List<string>();
        foreach (string directory in missing)
        {
            if (!PosixDirectory.TryMake(directory))
            {
                string reason = Marshal.GetLastPInvokeErrorMessage();
                Remove(created);
                throw Unusable(given, $"cannot be made ({directory}: {reason}); make it where you may write");
            }

            created.Add(directory);
        }

        return created;
    }

    /// <summary>The directory above an absolute path.</summary>
    private static string Parent(string path) => path.LastIndexOf('/') is > 0 and int end ? path[..end] : "/";

    private static string RequireDirectory(string given, string resolved)
    {
        // Not asked of a dead mount, which has no answer: whatever is mounted on is a directory.
        bool isMount = Fuse.MountInfo.Find(resolved) is not null;
        return isMount || PosixDirectory.Exists(resolved)
            ? resolved
            : throw Unusable(given, "is not a directory; give one to mount on");
    }

    private static unsafe string? RealPath(string path)
    {
        nint resolved = LibC.RealPath(path, 0);
        if (resolved == 0)
        {
            return null;
        }

        string? text = PathText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)resolved));
        LibC.Free(resolved);
        return text;
    }

    private static ProgramException Unusable(string directory, string why) =>
        new(ExitCode.MountFailure, $"{directory}: {why}");
}
