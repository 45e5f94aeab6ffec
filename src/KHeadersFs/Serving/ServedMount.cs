using KHeadersFs.Fuse;
using KHeadersFs.Keeping;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Records;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>The mount as its server owns it: it alone makes it, and sees to it that it is taken away in the end.</summary>
internal sealed class ServedMount(MountSettings settings)
{
    private FuseDevice? _device;
    private MountKeeper? _keeper;
    private KeeperProcess? _keeperProcess;

    /// <summary>Directories to remove in the end, the outermost first.</summary>
    internal IReadOnlyList<MadeDirectory> Created { get; set; } = [];

    /// <summary>What others have to know of it should this process be killed; null where nothing can be kept.</summary>
    internal MountRecord? Record { get; set; }

    /// <summary>The mount, as it was when it was made; null before, and for one that somebody else has made.</summary>
    internal MountInfo? Info { get; private set; }

    /// <summary>The file of -o pidfile, once it is written; empty for none.</summary>
    internal string PidFile { get; set; } = "";

    /// <summary>False once nothing of ours is mounted any more, and as long as nothing is.</summary>
    internal bool IsConnected => _device is { IsConnected: true };

    /// <summary>The process that has the rights which this one needs no more; null where it has none, or has kept them.</summary>
    internal KeeperProcess? KeeperProcess => _keeperProcess;

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
    /// <param name="device">The connection.</param>
    /// <param name="note">What the other server knew.</param>
    /// <param name="keeper">The process that has the rights; null where this one has them.</param>
    internal void Resume(FuseDevice device, MountNote note, KeeperProcess? keeper)
    {
        (_device, Info, Created, _keeperProcess) = (device, note.Find(), note.Created, keeper);
        Record = Info is null || keeper is not null ? null : MountRecord.TryTake(Info);
    }

    /// <summary>Gives what is to be done in the end to another process, with the rights for that; false with errno set when none can be started.</summary>
    /// <param name="rights">Those that it has, as bits of their numbers.</param>
    internal bool TryStartKeeper(ulong rights)
    {
        _keeperProcess = KeeperProcess.TryStart(Remains, Record, rights);
        if (_keeperProcess is null)
        {
            return false;
        }

        // The keeper holds the record's lock now.
        Record?.Dispose();
        Record = null;
        return true;
    }

    /// <summary>Has whoever has the right to it do something about the mount.</summary>
    internal KeeperAnswer Do(KeeperOrder order) => _keeperProcess?.Do(order) ?? (_keeper ??= new MountKeeper(Remains, Record)).Do(order);

    private MountRemains Remains =>
        new(Info is { } mount ? (mount.Major, mount.Minor) : null, Created, PidFile, Record?.Path ?? "", settings.LogFile, [], []);

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
