using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;
using KHeadersFs.Keeping;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// A mount whose server has ended while somebody kept its descriptors: all that is needed to serve on. The tree never changes and node
/// ids are positions in it, so nobody who uses the mount need notice.
/// </summary>
internal sealed class InheritedMount : IDisposable
{
    private InheritedMount(FuseDevice device, SafeFileHandle file, HeaderStore store, SessionJournal journal, MountNote note) =>
        (Device, StoreFile, Store, Journal, Note) = (device, file, store, journal, note);

    /// <summary>The connection.</summary>
    internal FuseDevice Device { get; }

    /// <summary>The descriptor of <see cref="Store"/>.</summary>
    internal SafeFileHandle StoreFile { get; }

    /// <summary>What is served.</summary>
    internal HeaderStore Store { get; }

    /// <summary>What INIT settled, and the requests that wait for an answer.</summary>
    internal SessionJournal Journal { get; }

    /// <summary>What the other server knew.</summary>
    internal MountNote Note { get; }

    /// <summary>What the service manager has kept; null when there is nothing, or nothing of use: then no mount of it is left.</summary>
    /// <exception cref="ProgramException">The old mount cannot be used, and not be taken away either.</exception>
    internal static InheritedMount? FromServiceManager(MountSettings settings, Log log)
    {
        if (DescriptorStore.Receive() is not { } numbers)
        {
            return null;
        }

        InheritedMount? mount = TryTake(numbers, settings, keeper: null, log);
        if (mount is null)
        {
            DescriptorStore.Drop();
        }

        return mount;
    }

    /// <summary>
    /// Takes a device, a store and a journal, which then are closed with this object. Null when they do not fit together, or this program:
    /// then the mount has been taken away, so that a new one can be made.
    /// </summary>
    /// <param name="numbers">The three descriptors; -1 for one that is missing.</param>
    /// <param name="settings">What this server is to serve.</param>
    /// <param name="keeper">The process that has the right to unmount; null where this one has it.</param>
    /// <param name="log">Told why not.</param>
    /// <exception cref="ProgramException">The old mount cannot be used, and not be taken away either.</exception>
    internal static InheritedMount? TryTake(ReadOnlySpan<int> numbers, MountSettings settings, KeeperProcess? keeper, Log log)
    {
        FuseDevice? device = numbers[0] < 0 ? null : FuseDevice.FromDescriptor(numbers[0]);
        SafeFileHandle? file = numbers[1] < 0 ? null : new SafeFileHandle(numbers[1], ownsHandle: true);
        SessionJournal? journal = numbers[2] < 0 ? null : SessionJournal.TryOpen(new SafeFileHandle(numbers[2], ownsHandle: true));
        MountNote? note = journal is null ? null : MountNote.TryParse(journal.Note);
        string directory = MountPoint.TryResolve(settings.Directory, RootDirectory.Of(settings)) ?? settings.Directory;
        string? obstacle = "what the last server has left is incomplete, or of another version of kheadersfs";
        if (device is not null && file is not null && journal is not null && note is not null)
        {
            obstacle = Obstacle(device, note, settings, directory);
            if (obstacle is null && TryOpen(file, settings.CacheBlocks, out obstacle) is { } store)
            {
                return new InheritedMount(device, file, store, journal, note);
            }
        }

        if (keeper is null)
        {
            log.Write(LogLevel.Warning, $"{directory}: mounting anew: {obstacle}");
            TakeAway(note, directory);
        }
        else
        {
            // This process has no right to mount.
            log.Write(LogLevel.Warning, $"{directory}: not served on: {obstacle}");
            _ = keeper.Do(device is { IsConnected: true } ? KeeperOrder.End : KeeperOrder.EndDead);
        }

        device?.Dispose();
        file?.Dispose();
        journal?.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Store.Dispose();
        Journal.Dispose();
        Device.Dispose();
    }

    private static string? Obstacle(FuseDevice device, MountNote note, MountSettings settings, string directory)
    {
        if (!device.IsConnected || (note.Device is not null && note.Find() is null))
        {
            return "the old mount has been taken away";
        }

        return note.Device is null || note.Fits(settings, directory)
            ? null
            : "the old mount was made with other options";
    }

    private static HeaderStore? TryOpen(SafeFileHandle file, int cacheBlocks, out string? obstacle)
    {
        try
        {
            obstacle = null;
            return HeaderStore.Open(file, cacheBlocks);
        }
        catch (Exception e) when (e is ArchiveException or IOException or OutOfMemoryException)
        {
            obstacle = $"what the old mount serves {e.Message}";
            return null;
        }
    }

    /// <summary>All of it that is in this mount namespace, copies too, as its own server would (<see cref="MountKeeper"/>).</summary>
    private static void TakeAway(MountNote? note, string directory)
    {
        MountInfo? mount = note is null ? MountInfo.Find(directory) : note.Find();
        try
        {
            // Without a look at who serves it: nobody does, so that to ask would be to wait.
            if (mount is not null && ExistingMount.IsOfProgram(mount))
            {
                foreach (MountInfo place in MountInfo.AllOf(mount.Major, mount.Minor).Reverse())
                {
                    Unmounter.Detach(place);
                }
            }
        }
        catch (FuseException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{e.Message}; umount -l {directory} as root", e);
        }

        MadeDirectories.Remove(note?.Created ?? []);
    }
}
