using KHeadersFs.Fuse;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Records;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>The mount as its server owns it: it alone makes it, unmounts it, and removes the directories that were made for it.</summary>
internal sealed class ServedMount(MountSettings settings, Log log)
{
    private readonly List<string> _places = [];
    private FuseDevice? _device;

    /// <summary>Directories to remove in the end, the outermost first.</summary>
    internal IReadOnlyList<MadeDirectory> Created { get; set; } = [];

    /// <summary>What others have to know of it should this process be killed; null where nothing can be kept.</summary>
    internal MountRecord? Record { get; set; }

    /// <summary>The mount, as it was when it was made; null before, and for one that somebody else has made.</summary>
    internal MountInfo? Info { get; private set; }

    /// <summary>False once nothing of ours is mounted any more, and as long as nothing is.</summary>
    internal bool IsConnected => _device is { IsConnected: true };

    /// <summary>Mounts: the device on the place by mount(2), or, without one, on the directory by fusermount3.</summary>
    /// <exception cref="ProgramException">It cannot be mounted.</exception>
    internal FuseDevice Mount(FuseDevice? device, SafeFileHandle? place)
    {
        string source = MountPoint.SourceLabel(settings);
        var defaults = new MountOptions();
        var options = new MountOptions
        {
            Flags = settings.Flags,
            AllowOther = settings.AllowOther || settings.AllowRoot,
            MaxRead = settings.MaxRead > 0 ? settings.MaxRead : defaults.MaxRead,
            Extra = settings.KernelOptions,
        };
        Inherit(place);
        try
        {
            if (device is null)
            {
                device = FuserMount.Mount(source, settings.Directory, MountCommand.FileSystemType, options);
            }
            else
            {
                FuseMount.Mount(device, source, settings.Directory, MountCommand.FileSystemType, options, place);
            }
        }
        catch (FuseException e)
        {
            // fusermount3 gets the signals of the terminal too: it may have mounted, and ended before it could say so.
            ExistingMount.RemoveDead(settings.Directory);
            throw new ProgramException(e.Errno is Errno.EPERM ? ExitCode.System : ExitCode.MountFailure, e.Message, e);
        }

        _device = device;
        Info = MountInfo.Find((place is null ? null : LinklessPath.Of(place)) ?? settings.Directory);
        if (Info is not null)
        {
            Record?.Add(Info);
        }

        return device;
    }

    /// <summary>Serves what somebody else has mounted, and whose it stays.</summary>
    internal void Adopt(FuseDevice device) => _device = device;

    /// <summary>Serves what an earlier server of the program has mounted, with all its duties.</summary>
    internal void Resume(FuseDevice device, MountNote note)
    {
        (_device, Info, Created) = (device, note.Find(), note.Created);
        Record = Info is null ? null : MountRecord.TryTake(Info);
    }

    /// <summary>
    /// Notes that it is not mounted on <paramref name="place"/> any more, where the directories that were made for it may be in the end.
    /// </summary>
    internal void Leave(string place) => _places.Add(place);

    /// <summary>Unmounts it, and removes the directories that were made for it.</summary>
    internal void End()
    {
        Detach();
        MountRecord.Release(Record, Created, _places);
    }

    /// <summary>
    /// Detaches it wherever it is in this mount namespace: moved, below a directory of another name by now, or bound to further places.
    /// </summary>
    private void Detach()
    {
        if (Info is null || !IsConnected)
        {
            return;
        }

        foreach (MountInfo mount in MountInfo.AllOf(Info.Major, Info.Minor).Reverse())
        {
            try
            {
                Unmounter.Detach(mount);
                _places.Add(mount.Directory);
            }
            catch (FuseException e)
            {
                log.Write(LogLevel.Error, e.Message);
            }
        }
    }

    /// <summary>An earlier mount here may have been killed, or may still be held in another mount namespace.</summary>
    private void Inherit(SafeFileHandle? place)
    {
        if (Created is [])
        {
            using SafeFileHandle? opened = place is null ? LinklessPath.Open(settings.Directory) : null;
            if (FileIdentity.TryOf(place ?? opened!, "") is { } identity)
            {
                Created = MountRecord.Inherited(identity);
                Record?.Add(Created);
            }
        }
    }
}
