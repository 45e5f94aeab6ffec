using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Posix;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Commands;

/// <summary>
/// A process that serves a mount, as /proc shows it: neither it nor its mount is asked. Not found are those of other users, unless for
/// root, and those of process namespaces that cannot be seen from here.
/// </summary>
/// <param name="Process">Its process id here.</param>
/// <param name="UserId">Who has made the session: also of a server that -o setuid has made another user's.</param>
/// <param name="Device">Major and minor number of the mount's st_dev, as the session says.</param>
/// <param name="Mounted">When it was mounted, in seconds since 1970; 0 when a server of version 0.1.0 has mounted it.</param>
/// <param name="Counters">What it has been asked since its start.</param>
/// <param name="ResidentBytes">Resident memory; null when it has just ended.</param>
/// <param name="StoreBytes">Memory of the store; null where that is a file of a cache directory.</param>
/// <param name="Tree">Its mount's <see cref="Options.TreeOptions"/>; empty when a server of version 0.1.0 has mounted it.</param>
/// <param name="NeedsExtensions">Whether a compiler reads its headers only with -fms-extensions; null where that is not known.</param>
internal sealed record RunningServer(
    int Process,
    uint UserId,
    (uint Major, uint Minor)? Device,
    long Mounted,
    FuseCounters Counters,
    long? ResidentBytes,
    long? StoreBytes,
    IReadOnlyList<string> Tree,
    bool? NeedsExtensions)
{
    private const string Journal = $"/memfd:{SessionJournal.Name} (deleted)";
    private const string Store = "/memfd:kheadersfs-store (deleted)";
    private const string ResidentField = "VmRSS:";

    /// <summary>All that can be seen.</summary>
    internal static IReadOnlyList<RunningServer> All() =>
        [.. PosixDirectory.List("/proc").Select(TryFind).OfType<RunningServer>()];

    /// <summary>
    /// Whether it is this mount's. What a process has open and is called can be made up by its user, but no file in memory of another user's.
    /// </summary>
    internal bool Serves(MountInfo mount) => Device == (mount.Major, mount.Minor) && UserId == mount.UserId;

    private static RunningServer? TryFind(string name)
    {
        try
        {
            // By its name first: what all processes have open would be much to look at.
            return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && PosixFile.ReadText($"/proc/{process}/comm") is Server.ProcessName + "\n"
                ? TryRead(process)
                : null;
        }
        catch (IOException)
        {
            return null; // it has just ended
        }
    }

    private static RunningServer? TryRead(int process)
    {
        SessionSummary? session = null;
        uint owner = 0;
        long? store = null;
        foreach (string number in PosixDirectory.List($"/proc/{process}/fd"))
        {
            string path = $"/proc/{process}/fd/{number}";
            switch (PosixFile.ReadLink(path))
            {
                case Journal when FileStatus.Of(path) is { Kind: FileStatus.Regular } status: // opening a pipe could take for ever
                    using (SafeFileHandle? file = PosixFile.TryOpen(path))
                    {
                        session = file is null ? session : SessionJournal.TrySummarize(file);
                        owner = status.UserId;
                    }

                    break;
                case Store:
                    store = FileStatus.Of(path)?.Size;
                    break;
            }
        }

        return session is not null && MountNote.TryParse(session.Note.Span) is { } note
            ? new RunningServer(process, owner, note.Device, session.Begun, session.Counters, Resident(process), store, note.Tree, note.NeedsExtensions)
            : null;
    }

    private static long? Resident(int process)
    {
        string? line = PosixFile.ReadLines($"/proc/{process}/status")
            .FirstOrDefault(static line => line.StartsWith(ResidentField, StringComparison.Ordinal));
        return long.TryParse(line.AsSpan().TrimStart(ResidentField).TrimEnd("kB "), CultureInfo.InvariantCulture, out long kib)
            ? kib * 1024
            : null;
    }
}
