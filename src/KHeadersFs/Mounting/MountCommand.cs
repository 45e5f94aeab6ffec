using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Records;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Everything up to mount(2): checks all that can fail, builds the store, hands it to the server, which mounts. Until the server says
/// that the mount answers, this process sees to it that nothing is left when something fails or a signal comes.
/// </summary>
/// <param name="settings">What the user asked for.</param>
/// <param name="log">Where to say what is wrong.</param>
/// <param name="handles">With -f: the way to the server that has started this process; else null.</param>
internal sealed class MountCommand(MountSettings settings, Log log, ServerHandles? handles) : IDisposable
{
    /// <summary>The type in the mount table.</summary>
    internal const string FileSystemType = "fuse.kheadersfs";

    private readonly StoreProvider _stores = new(settings, log);
    private readonly Lock _gate = new();
    private ServerProcess? _server; // guarded by _gate
    private string? _place; // guarded by _gate: DIR, resolved
    private IReadOnlyList<MadeDirectory> _created = []; // guarded by _gate
    private MountRecord? _record; // guarded by _gate
    private bool _ended; // guarded by _gate: the mount stands, or all has been cleared up

    /// <summary>What is said when a signal comes before the mount answers.</summary>
    internal static string InterruptedMessage(MountSettings settings) => $"{settings.Source}: interrupted before it was mounted";

    /// <summary>Returns when the mount answers.</summary>
    /// <exception cref="ProgramException">It failed, and nothing is left behind.</exception>
    internal void Run()
    {
        if (settings.Namespace is { } mountNamespace)
        {
            NamespaceCommand.Enter(settings, mountNamespace);
        }

        EndingSignals.Handle(Interrupted, static () => { });
        bool stands = false;
        try
        {
            Mount();
            stands = true;
        }
        finally
        {
            // Waits for a signal's thread, which ends the process.
            lock (_gate)
            {
                _ended = true;
                _server?.Dispose();
                Dispose();
                if (!stands && _server is not { Serves: true })
                {
                    ClearUp();
                }

                _record?.Dispose();
            }
        }
    }

    /// <summary>Nobody needs the module any more.</summary>
    public void Dispose() => _stores.Dispose();

    private void Mount()
    {
        if (handles is not null)
        {
            // Should the server be killed, nobody waits for a store.
            _ = LibC.ProcessControl(LibC.PR_SET_PDEATHSIG, LibC.SIGTERM);
        }

        if (settings.Remount)
        {
            Remount();
        }
        else if (MountPoint.DescriptorOf(settings.Directory) is { } descriptor)
        {
            ServeDescriptor(descriptor);
        }
        else
        {
            MountDirectory();
        }
    }

    private void MountDirectory()
    {
        MountPoint point = Prepare();
        point.WaitForAutomount();

        // Looked at again under the lock: of several mounts at once, one mounts and the others find it.
        var existing = new ExistingMount(settings, point.Path, MountPoint.SourceLabel(settings), log.Warn, Inherit);
        bool isThere = existing.IsThere();
        using DirectoryLock? locked = isThere ? null : DirectoryLock.Wait(point.Path, log.Warn);
        if (isThere || existing.IsThere())
        {
            log.Write(LogLevel.Info, $"{point.Path}: mounted already");
            _record?.Delete();
            return;
        }

        Hazards.Check(settings, point.Path, log.Warn);
        point.TellWhere(log);
        _ = Permission.AllowsOther(settings);
        using FuseDevice? device = OpenDevice();
        ServerProcess server = NewServer(point);
        using SafeFileHandle store = _stores.Build(server);
        if (settings.Fake)
        {
            ClearUp();
            return;
        }

        using SafeFileHandle place = point.Open();
        server.HandOver(device, place);
        if (handles is not null)
        {
            _record?.Delete(); // the server has its own
        }

        log.Tell($"{point.Path}: {MountPoint.SourceLabel(settings)} is mounted");

        // Here and not in the server, whose memory stays.
        MountRecord.Sweep();
    }

    private MountPoint Prepare()
    {
        lock (_gate)
        {
            _record = MountRecord.TryCreate(settings);
            MountPoint point = MountPoint.Prepare(settings, _record);
            (_place, _created) = (point.Path, point.Created);
            return point;
        }
    }

    /// <summary>A mount has been taken away to make room: the directories that were made for it are for us to remove.</summary>
    private void Inherit(IReadOnlyList<MadeDirectory> made)
    {
        lock (_gate)
        {
            if (_created is [])
            {
                _created = made;
                _record?.Add(made);
            }
        }
    }

    private ServerProcess NewServer(MountPoint? point)
    {
        lock (_gate)
        {
            return _server = handles is null ? new ServerProcess(settings, point) { Record = _record } : ServerProcess.Parent(settings, handles);
        }
    }

    /// <summary>Somebody else has mounted the descriptor (mount.fuse3 with drop_privileges, a container's runtime).</summary>
    private void ServeDescriptor(int descriptor)
    {
        using FuseDevice device = TakeDescriptor(descriptor);
        ServerProcess server = NewServer(point: null);
        using SafeFileHandle store = _stores.Build(server);
        server.HandOver(device, place: null);
    }

    private FuseDevice TakeDescriptor(int descriptor)
    {
        try
        {
            FuseDevice device = FuseDevice.FromDescriptor(descriptor);
            if (FuseDevice.IsOne(device))
            {
                return device;
            }

            device.SetHandleAsInvalid();
            throw new ProgramException(
                ExitCode.MountFailure, $"{settings.Directory}: is no descriptor of /dev/fuse that is mounted; give one, or a directory");
        }
        catch (FuseException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{settings.Directory}: {e.Message}", e);
        }
    }

    private void Remount()
    {
        string directory = MountPoint.TryResolve(settings.Directory, RootDirectory.Of(settings)) ?? settings.Directory;
        if (MountInfo.Find(directory) is not { } mount || !ExistingMount.IsOfProgram(mount) || !ExistingMount.IsTrusted(mount))
        {
            throw new ProgramException(ExitCode.MountFailure, $"{settings.Directory}: no kheadersfs is mounted there; mount it first");
        }

        // What is not asked for stays as it is: mount(8) hands back what the kernel tells, which the tree's options are not among.
        if (ExistingMount.TreeOf(mount) is { } there && TreeOptions.Unusual(settings).Except(there, StringComparer.Ordinal).FirstOrDefault() is { } other)
        {
            throw new ProgramException(
                ExitCode.MountFailure, $"{settings.Directory}: a remount does not change the tree, and {other} is another; umount {settings.Directory} first, and mount again");
        }

        try
        {
            using var root = MountRoot.Open(mount);
            root.Remount(settings.Flags);
        }
        catch (FuseException e)
        {
            throw new ProgramException(ExitCode.System, $"{e.Message}", e);
        }
    }

    /// <summary>Null where fusermount3 opens the device: as the user, so the user must be able to.</summary>
    private static FuseDevice? OpenDevice()
    {
        try
        {
            FuseDevice device = FuseDevice.Open();
            if (LibC.GetEffectiveUserId() == 0)
            {
                return device;
            }

            device.Dispose();
            return null;
        }
        catch (FuseException e)
        {
            throw new ProgramException(ExitCode.System, e.Message, e);
        }
    }

    /// <summary>A signal. Memory files and descriptors vanish with the process; a server that is about to mount clears up first.</summary>
    private void Interrupted()
    {
        lock (_gate)
        {
            // Too late once the mount stands: whoever waits for this process is told so.
            if (_ended || _server?.TryStop() is false)
            {
                return;
            }

            Dispose();
            ClearUp();
            log.HidePassing();
            if (handles is null)
            {
                log.Write(LogLevel.Error, InterruptedMessage(settings));
            }

            LibC.ExitNow((int)ExitCode.Interrupted);
        }
    }

    /// <summary>When there is no server any more. One that was killed has left its mount.</summary>
    private void ClearUp()
    {
        if (_server is not null)
        {
            ExistingMount.RemoveDead(_place ?? settings.Directory);
        }

        MountRecord.Release(_record, _created);
        MountRecord.Sweep();
    }
}
