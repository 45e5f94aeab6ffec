using System.Runtime.InteropServices;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Serving;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Mounts: checks everything that can fail, builds the store, mounts, starts the server. Whatever fails does so before
/// the mount; what fails after it takes the mount away again.
/// </summary>
internal sealed class MountCommand(MountSettings settings, Log log)
{
    private const string FileSystemType = "fuse.kheadersfs";

    /// <summary>Warnings that are logged one by one; the rest is counted.</summary>
    private const int MaxWarnings = 10;

    private string? _mounted;
    private int _warnings;

    /// <summary>Returns when the mount answers or, with -f, never.</summary>
    /// <exception cref="ProgramException">It failed, and nothing is left behind.</exception>
    internal void Run()
    {
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupted);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupted);
        using PosixSignalRegistration hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Interrupted);
        string directory = MountPoint.Resolve(settings.Directory);
        using FuseDevice? opened = OpenDevice();
        using SafeFileHandle store = BuildStore();
        using FuseDevice device = Mount(opened, directory);
        try
        {
            ServerProcess.Start(settings, directory, device, store);
        }
        catch
        {
            Unmounter.Unmount(directory, lazy: true);
            throw;
        }
    }

    /// <summary>Null where fusermount3 opens the device.</summary>
    private static FuseDevice? OpenDevice()
    {
        try
        {
            return LibC.GetEffectiveUserId() == 0 ? FuseDevice.Open() : null;
        }
        catch (FuseException e)
        {
            throw new ProgramException(ExitCode.System, e.Message, e);
        }
    }

    private SafeFileHandle BuildStore()
    {
        using ArchiveSource source = ArchiveSource.Open(settings.Source);
        try
        {
            SafeFileHandle store = StoreBuilder.Build(source.Handle, new ArchiveLimits(), Warn);
            if (_warnings > MaxWarnings)
            {
                log.Write(LogLevel.Warning, $"{settings.Source}: left out {_warnings - MaxWarnings} more");
            }

            return store;
        }
        catch (ArchiveException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{source.Path}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException)
        {
            throw new ProgramException(
                ExitCode.System, $"{source.Path}: its store cannot be kept in memory: {e.Message}; free some memory", e);
        }
        finally
        {
            if (source.ModuleLoaded && !settings.KeepModule && KernelModule.Unload() is { } complaint)
            {
                log.Write(LogLevel.Warning, $"the module kheaders stays loaded: {complaint}");
            }
        }
    }

    private void Warn(string line)
    {
        if (++_warnings <= MaxWarnings)
        {
            log.Write(LogLevel.Warning, $"{settings.Source}: {line}");
        }
    }

    private FuseDevice Mount(FuseDevice? device, string directory)
    {
        var options = new MountOptions
        {
            Flags = settings.Flags,
            AllowOther = settings.AllowOther,
            Extra = settings.KernelOptions,
        };
        string source = settings.FileSystemName ?? MountPoint.SourceLabel(settings.Source);
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
            return device;
        }
        catch (FuseException e)
        {
            throw new ProgramException(e.Errno is Errno.EPERM ? ExitCode.System : ExitCode.MountFailure, e.Message, e);
        }
    }

    /// <summary>Everything but a mount vanishes with the process: memory files and descriptors.</summary>
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

        log.Write(LogLevel.Error, $"{settings.Source}: interrupted before it was mounted");
        LibC.ExitNow((int)ExitCode.Interrupted);
    }
}
