using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Records;

/// <summary>A record as somebody else reads it. Each line is a name, a space and a value, and ends with a null, which no path has.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Lines">All of it.</param>
internal sealed record RecordLines(string Path, IReadOnlyList<string> Lines)
{
    /// <summary>Line: the boot in which it was written.</summary>
    internal const string BootLine = "boot";

    /// <summary>Line: the archive's <see cref="SourceIdentity"/>.</summary>
    internal const string SourceLine = "source";

    /// <summary>Line: one of the mount's <see cref="TreeOptions"/>.</summary>
    internal const string TreeLine = "tree";

    /// <summary>Line: a <see cref="MadeDirectory"/>, the outermost first.</summary>
    internal const string MadeLine = "made";

    /// <summary>Line: what a directory is called until the record has its identity.</summary>
    internal const string MakingLine = "making";

    /// <summary>Line: its owner is about to remove what was made, or to leave it to another one.</summary>
    internal const string EndingLine = "ending";

    /// <summary>Line: major and minor number of the mount's st_dev.</summary>
    internal const string MountLine = "mount";

    /// <summary>What ends a line.</summary>
    internal const char End = '\0';

    private const int LOCK_NB = 4;
    private const int Patience = 200; // milliseconds

    /// <summary>Which boot this is (proc_sys_kernel(5)).</summary>
    internal static string CurrentBoot { get; } = ReadBoot();

    /// <summary>Whether it is about what is there now: not every /run is emptied when the system starts.</summary>
    internal bool IsOfThisBoot => string.Equals(Of(BootLine).FirstOrDefault(), CurrentBoot, StringComparison.Ordinal);

    /// <summary>The archive's identity.</summary>
    internal string? Source => Of(SourceLine).FirstOrDefault();

    /// <summary>The mount's <see cref="TreeOptions"/>; empty in a record of version 0.1.0.</summary>
    internal IReadOnlyList<string> Tree => [.. Of(TreeLine)];

    /// <summary>Directories that were made, the outermost first.</summary>
    internal IReadOnlyList<MadeDirectory> Made => [.. Of(MadeLine).Select(MadeDirectory.TryParse).OfType<MadeDirectory>()];

    /// <summary>Paths of directories that have got another name since, unless their maker was killed in the middle of it.</summary>
    internal IReadOnlyList<string> Unfinished => [.. Of(MakingLine)];

    /// <summary>Whether its owner has no use for what was made any more.</summary>
    internal bool IsEnding => Of(EndingLine).Any();

    /// <summary>The mount's device; null before there was one.</summary>
    internal (uint Major, uint Minor)? Mount => Of(MountLine).FirstOrDefault()?.Split(':') is [var major, var minor]
        && uint.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out uint first)
        && uint.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out uint second)
        ? (first, second)
        : null;

    /// <summary>
    /// Whether one of ours with its number is mounted in this mount namespace. The number of a mount that has gone is soon that of
    /// another file system.
    /// </summary>
    internal bool IsMounted => IsOfThisBoot && Mount is { } mount && MountInfo.AllOf(mount.Major, mount.Minor).Any(ExistingMount.IsOfProgram);

    /// <summary>All records of this user, the newest first.</summary>
    internal static IReadOnlyList<RecordLines> All()
    {
        string? directory = RecordDirectory.Path;
        IEnumerable<string> paths = directory is null ? [] : PosixDirectory.List(directory).Select(name => $"{directory}/{name}");
        return [.. paths.OrderByDescending(static path => FileStatus.Of(path)?.Modified).Select(TryRead).OfType<RecordLines>()];
    }

    /// <summary>Locks a record's file; false when its owner lives.</summary>
    internal static bool TryLock(SafeFileHandle file) => LibC.Lock(file, LibC.LOCK_EX | LOCK_NB) == 0;

    /// <summary>True for the record of a mount that is there, dead or alive.</summary>
    internal bool IsOf(MountInfo mount) => IsOfThisBoot && Mount == (mount.Major, mount.Minor);

    /// <summary>Whether the process that wrote it lives, in whatever namespace. Waits for one that is ending, as <see cref="TryTakeFromEnding"/>.</summary>
    internal bool HasOwner
    {
        get
        {
            using SafeFileHandle? file = TryTakeFromEnding();
            return file is null && PosixFile.Exists(Path);
        }
    }

    /// <summary>The record's file, locked, when it has no owner any more; else null, and at once.</summary>
    internal SafeFileHandle? TryTake()
    {
        SafeFileHandle file = LibC.Open(Path, LibC.O_RDWR | LibC.O_CLOEXEC);
        if (!file.IsInvalid && TryLock(file))
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>
    /// As <see cref="TryTake"/>, but where the mount is not there any more it gives the owner time to end: a killed one gives up its device
    /// before its lock. That is in vain, and takes 200 ms, where another namespace keeps the mount. So it is for a record of the directory
    /// that is mounted on or unmounted, and for no other.
    /// </summary>
    internal SafeFileHandle? TryTakeFromEnding()
    {
        long end = Environment.TickCount64 + Patience;
        while (true)
        {
            if (TryTake() is { } file)
            {
                return file;
            }

            if (Mount is null || !PosixFile.Exists(Path) || IsMounted || Environment.TickCount64 > end)
            {
                return null;
            }

            Thread.Sleep(2);
        }
    }

    private static RecordLines? TryRead(string path)
    {
        try
        {
            return new RecordLines(path, PosixFile.ReadText(path).Split(End));
        }
        catch (IOException)
        {
            return null; // its owner has just ended
        }
    }

    private static string ReadBoot()
    {
        try
        {
            return PosixFile.ReadText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (IOException)
        {
            return "unknown"; // a container that hides /proc/sys, whose /run does not outlive the boot
        }
    }

    private IEnumerable<string> Of(string name) => Lines
        .Where(line => line.StartsWith(name + " ", StringComparison.Ordinal))
        .Select(line => line[(name.Length + 1)..]);
}
