using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Records;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>The directory to mount on: resolved, and made if that was asked for.</summary>
internal sealed class MountPoint
{
    private const string DescriptorPrefix = "/dev/fd/";

    private (string Given, string Root)? _leads; // links have led elsewhere

    private MountPoint(string path, IReadOnlyList<MadeDirectory> created)
    {
        Path = path;
        Created = created;
    }

    /// <summary>Absolute, symbolic links resolved.</summary>
    internal string Path { get; }

    /// <summary>Directories that were made for it, the outermost first; to be removed when the mount has ended.</summary>
    internal IReadOnlyList<MadeDirectory> Created { get; }

    /// <summary>The descriptor of /dev/fuse that DIR names when it is "/dev/fd/N": somebody else has mounted it already.</summary>
    internal static int? DescriptorOf(string directory) =>
        directory.StartsWith(DescriptorPrefix, StringComparison.Ordinal)
        && int.TryParse(directory.AsSpan(DescriptorPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;

    /// <summary>The mount point that the settings name.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="record">Takes what is made, for the case that this process is killed; null where none could be kept.</param>
    /// <exception cref="ProgramException">It does not exist, is no directory, or cannot be made.</exception>
    internal static MountPoint Prepare(MountSettings settings, MountRecord? record)
    {
        string given = settings.Directory;
        const int PATH_MAX = 4096; // linux/limits.h, with the zero byte
        if (PathText.GetBytes(given).Length >= PATH_MAX)
        {
            throw Unusable(given[..80] + "...", "is too long: the kernel takes 4,095 bytes for a path; give a shorter one");
        }

        string root = RootDirectory.Of(settings);
        RootedPath place = RootedPath.Resolve(given, root);
        if (!place.IsThere && !settings.MakeDirectory)
        {
            throw Unusable(given, PlaceAdvice.OfMissing(settings, place));
        }

        MakingFailure? failure = null;
        IReadOnlyList<MadeDirectory> created = place.IsThere ? [] : MadeDirectories.Make(place.Path, record, out failure);
        if (failure is not null)
        {
            throw Unusable(given, PlaceAdvice.OfUnmade(settings, place, failure));
        }

        return new MountPoint(RequireDirectory(given, place.Path), created) { _leads = place.IsElsewhere ? (given, root) : null };
    }

    /// <summary>
    /// The directory itself, to be mounted on whatever becomes of its name: between a look at a path and mount(2), a user who may
    /// write there can make it lead elsewhere.
    /// </summary>
    /// <exception cref="ProgramException">It is not what it was.</exception>
    internal SafeFileHandle Open()
    {
        SafeFileHandle handle = LinklessPath.Open(Path);
        if (!handle.IsInvalid && (Created is [] || FileIdentity.TryOf(handle, "") == Created[^1].Identity))
        {
            return handle;
        }

        string reason = handle.IsInvalid ? Marshal.GetLastPInvokeErrorMessage() : "it is not the directory that was made";
        handle.Dispose();
        throw Unusable(Path, $"has been changed meanwhile ({reason}); mount where others may not write");
    }

    /// <summary>
    /// The absolute path of <paramref name="directory"/>, symbolic links resolved, or null where it is not there. The last component may be a mount
    /// whose server has died.
    /// </summary>
    internal static string? TryResolve(string directory, string root = RootDirectory.Own) =>
        RootedPath.Resolve(directory, root) is { IsThere: true } place ? place.Path : null;

    /// <summary>Why it cannot be known what is at a path, to follow that; null where that can be known.</summary>
    internal static string? WhyUnseen(string directory, string root = RootDirectory.Own)
    {
        var place = RootedPath.Resolve(directory, root);
        return HeaderTree.Unseen(place.Path, (Errno)place.Error) is { IsKnown: false } unseen ? unseen.Description : null;
    }

    /// <summary>
    /// What the mount table shows for an archive. systemd takes a path below /sys or /dev for a device and waits for it, so
    /// the kernel's own archive is called "kheaders", and that of an installed one "release:R".
    /// </summary>
    internal static string SourceLabel(MountSettings settings)
    {
        if (settings.FileSystemName is { } name)
        {
            return name;
        }

        if (!SourceName.IsPath(settings.Source))
        {
            return SourceName.ReleaseOf(settings.Source) is null ? "kheaders" : settings.Source;
        }

        string path = PosixDirectory.Absolute(settings.Source);
        string[] virtualRoots = ["/sys/", "/dev/", "/proc/"];
        return Array.Exists(virtualRoots, r => path.StartsWith(r, StringComparison.Ordinal)) ? "kheaders" : path;
    }

    /// <summary>
    /// Where an automount is armed, has it mount what it is for: whatever it starts will need the directory's lock, so this comes before that
    /// is taken. A look of the process that the automount itself has started goes past it (autofs(5): it is known by its process group).
    /// </summary>
    /// <exception cref="ProgramException">It does not mount.</exception>
    internal void WaitForAutomount()
    {
        if (MountInfo.Find(Path) is not { Type: "autofs" })
        {
            return;
        }

        using SafeFileHandle? look = PosixFile.TryOpen(Path, PosixDirectory.Only);
        if (look is null)
        {
            throw new ProgramException(
                ExitCode.MountFailure, $"{Path}: the automount there does not mount ({new PosixException(Path).Reason}); see its log, or stop it first");
        }
    }

    /// <summary>The same path, symbolic links resolved as far as it exists.</summary>
    internal static string Resolved(string path)
    {
        var missing = new Stack<string>();
        string there = path;
        string? real;
        while ((real = TryResolve(there)) is null && System.IO.Path.GetDirectoryName(there) is { } parent)
        {
            missing.Push(System.IO.Path.GetFileName(there));
            there = parent;
        }

        return System.IO.Path.Combine([real ?? there, .. missing]);
    }

    /// <summary>As <see cref="Resolved"/>, but where the last name is a link to nothing, what that leads to.</summary>
    internal static string Followed(string path) => RootedPath.Resolve(path).Path;

    /// <summary>What is mounted elsewhere than a user thinks may be seen by others, or by nobody: that is said, once it is sure that it will be mounted.</summary>
    internal void TellWhere(Log log)
    {
        if (_leads is not var (given, root))
        {
            return;
        }

        string inside = RootDirectory.Inside(Path, root);
        string parent = System.IO.Path.GetDirectoryName(PosixDirectory.Absolute(given)) ?? "/";
        bool isOfModules = IsModule(RootDirectory.Inside(RootedPath.Resolve(parent, root).Path, root));
        if (isOfModules && IsModule(inside))
        {
            return; // whoever sees the one sees the other
        }

        if (isOfModules)
        {
            log.Warn($"{given}: is a link to {Path}, and is mounted there: a container with only /lib/modules does not see it; "
                + $"give it -v {inside}:{inside}:ro as well");
        }
        else
        {
            log.Write(LogLevel.Info, $"{given}: is a link to {Path}, and is mounted there");
        }
    }

    private static bool IsModule(string path) =>
        path.StartsWith("/lib/modules/", StringComparison.Ordinal) || path.StartsWith("/usr/lib/modules/", StringComparison.Ordinal);

    private static string RequireDirectory(string given, string resolved)
    {
        // Not asked of a dead mount, which has no answer: whatever is mounted on is a directory.
        bool isMount = MountInfo.Find(resolved) is not null;
        return isMount || PosixDirectory.Exists(resolved)
            ? resolved
            : throw Unusable(given, "is not a directory; give one to mount on");
    }

    private static ProgramException Unusable(string directory, string why) =>
        new(ExitCode.MountFailure, $"{directory}: {why}");
}
