using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Mounts: checks everything that can fail, builds the store, mounts, starts the server. Whatever fails does so before
/// the mount; what fails after it takes the mount away again.
/// </summary>
internal sealed class MountCommand(MountSettings settings, Log log) : IDisposable
{
    /// <summary>The type in the mount table.</summary>
    internal const string FileSystemType = "fuse.kheadersfs";

    private readonly StoreProvider _stores = new(settings, log);
    private ServerProcess? _server;
    private string? _mounted;
    private IReadOnlyList<string> _created = [];

    /// <summary>Returns when the mount answers or, with -f, never.</summary>
    /// <exception cref="ProgramException">It failed, and nothing is left behind.</exception>
    internal void Run()
    {
        if (settings.Namespace is { } mountNamespace)
        {
            NamespaceCommand.Enter(settings, mountNamespace);
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupted);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupted);
        using PosixSignalRegistration hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupted);
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

    /// <summary>A server that does not serve yet has nothing to wait for any more, and nobody needs the module.</summary>
    public void Dispose()
    {
        _server?.Dispose();
        _stores.Dispose();
    }

    private void MountDirectory()
    {
        MountPoint point = MountPoint.Prepare(settings);
        _created = point.Created;
        try
        {
            // Looked at again under the lock: of several mounts at once, one mounts and the others find it.
            string source = MountPoint.SourceLabel(settings);
            bool isThere = ExistingMount.IsThere(point.Path, source, log.Warn);
            using DirectoryLock? locked = isThere ? null : DirectoryLock.Wait(point.Path, log.Warn);
            if (isThere || ExistingMount.IsThere(point.Path, source, log.Warn))
            {
                log.Write(LogLevel.Info, $"{point.Path}: mounted already");
                return;
            }

            Hazards.Check(settings, point.Path, log.Warn);
            bool allowOther = Permission.AllowsOther(settings);
            using FuseDevice? opened = OpenDevice();
            _server = new ServerProcess(settings, point.Path, point.Created);
            using SafeFileHandle store = _stores.Build(_server);
            if (settings.Fake)
            {
                MountPoint.Remove(point.Created);
                return;
            }

            using FuseDevice device = Mount(opened, point.Path, allowOther);
            HandOver(_server, point.Path, device);
        }
        catch
        {
            MountPoint.Remove(point.Created);
            throw;
        }
    }

    private void HandOver(ServerProcess server, string directory, FuseDevice device)
    {
        try
        {
            using SafeFileHandle? tree = settings.Prime ? DetachedTree.TryOpen(directory) : null;
            server.HandOver(device, tree);
        }
        catch
        {
            Unmounter.Unmount(directory, lazy: true);
            throw;
        }
    }

    /// <summary>Somebody else has mounted the descriptor (mount.fuse3 with drop_privileges, a container's runtime).</summary>
    private void ServeDescriptor(int descriptor)
    {
        using FuseDevice device = TakeDescriptor(descriptor);
        _server = new ServerProcess(settings, settings.Directory, []);
        using SafeFileHandle store = _stores.Build(_server);
        _server.HandOver(device, tree: null);
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
        string directory = MountPoint.TryResolve(settings.Directory) ?? settings.Directory;
        if (MountInfo.Find(directory) is not { } mount || !ExistingMount.IsOurs(mount))
        {
            throw new ProgramException(ExitCode.MountFailure, $"{settings.Directory}: no kheadersfs is mounted there; mount it first");
        }

        try
        {
            FuseMount.Remount(directory, settings.Flags);
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

    private FuseDevice Mount(FuseDevice? device, string directory, bool allowOther)
    {
        var defaults = new MountOptions();
        var options = new MountOptions
        {
            Flags = settings.Flags,
            AllowOther = allowOther,
            MaxRead = settings.MaxRead > 0 ? settings.MaxRead : defaults.MaxRead,
            Extra = settings.KernelOptions,
        };
        string source = MountPoint.SourceLabel(settings);
        try
        {
            if (device is null)
            {
                device = FuserMount.Mount(source, directory, FileSystemType, options);
            }
            else
            {
                FuseMount.Mount(device, source, directory, FileSystemType, options);
            }

            _mounted = directory;
            log.Tell($"{directory}: {source} is mounted");
            return device;
        }
        catch (FuseException e)
        {
            throw new ProgramException(e.Errno is Errno.EPERM ? ExitCode.System : ExitCode.MountFailure, e.Message, e);
        }
    }

    /// <summary>Everything but a mount and the server vanishes with the process: memory files and descriptors.</summary>
    private void Interrupted(PosixSignalContext context)
    {
        context.Cancel = true;
        try
        {
            if (_mounted is { } directory)
            {
                Unmounter.Unmount(directory, lazy: true);
            }
        }
        catch (FuseException e)
        {
            log.Write(LogLevel.Error, e.Message);
        }

        Dispose();
        MountPoint.Remove(_created);
        log.Write(LogLevel.Error, $"{settings.Source}: interrupted before it was mounted");
        LibC.ExitNow((int)ExitCode.Interrupted);
    }
}
