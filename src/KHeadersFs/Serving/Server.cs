using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Priming;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// The process behind a mount: it needs its descriptors and nothing else, no archive and no path but that of the mount
/// point to unmount.
/// </summary>
internal sealed class Server(MountSettings settings, Log log)
{
    /// <summary>SIGUSR1 of linux/signal.h, for which .NET has no name.</summary>
    private const PosixSignal SigUsr1 = (PosixSignal)10;

    /// <summary>SIGUSR2, likewise.</summary>
    private const PosixSignal SigUsr2 = (PosixSignal)12;

    private const int StandardError = 2;

    private readonly Lock _gate = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private bool _ended; // guarded by _gate: the device is about to be closed
    private FuseDevice? _device;
    private MountInfo? _mount;
    private IReadOnlyList<string> _created = [];
    private Primer? _primer;
    private Successor? _successor;
    private int _damageReported;

    /// <summary>Serves until the mount ends; returns the process's exit code.</summary>
    internal ExitCode Run(ServerHandles handles)
    {
        // The image was started as /proc/self/exe, so the kernel calls the process "exe".
        _ = LibC.ProcessControl(LibC.PR_SET_NAME, "kheadersfs");
        _created = handles.Created;
        CloseForeignDescriptors(handles.Socket);
        using var mounter = DescriptorSocket.FromInherited(handles.Socket);
        int[] first = mounter.Receive() ?? [];
        if (first.Length == Successor.Descriptors)
        {
            mounter.Dispose();
            return TakeOver(first);
        }

        if (first is not [int storeNumber])
        {
            return ExitCode.MountFailure; // the mounting process has given up, and has said why
        }

        var file = new SafeFileHandle(storeNumber, ownsHandle: true);
        using HeaderStore store = HeaderStore.Open(file, settings.CacheBlocks);
        int root = SubTree.Find(store.Nodes, settings.SubDirectory) ?? 0;
        var fileSystem = new HeaderFileSystem(store, root, settings.UserId, settings.GroupId, settings.Umask, ReportDamage);
        var dispatcher = new FuseDispatcher(fileSystem, new FuseOptions());
        if (mounter.Receive() is not [int deviceNumber, .. int[] treeNumber])
        {
            return ExitCode.MountFailure;
        }

        if (!settings.Foreground)
        {
            LeaveCaller();
        }

        _device = FuseDevice.FromDescriptor(deviceNumber);
        using var session = new FuseSession(_device, dispatcher, SessionOptions());
        session.Handshake();
        _mount = MountPoint.DescriptorOf(settings.Directory) is null ? MountInfo.Find(settings.Directory) : null;
        session.Journal.Note = new MountNote(
            settings.Directory,
            _mount is null ? null : (_mount.Major, _mount.Minor),
            MountNote.ShapeOf(settings, settings.Directory),
            _created).ToBytes();
        _successor = new Successor(_device, file, session.Journal, settings, log);
        BecomeServerUser();
        using Primer? primer = _primer = NewPrimer(treeNumber, store, root, session);

        HandleSignals(new StatusReport(dispatcher, store, _primer));
        log.Write(LogLevel.Info, $"serving {settings.Source} on {settings.Directory}");
        _successor.Announce(keep: true);
        _ = mounter.Send(); // false with -f: this process was the one that mounted
        mounter.Dispose();
        _primer?.Start();
        return Serve(session, dispatcher);
    }

    /// <summary>Serves a mount whose server has ended, and which nobody need notice; returns as <see cref="Run"/> does.</summary>
    internal ExitCode Resume(InheritedMount inherited)
    {
        _ = LibC.ProcessControl(LibC.PR_SET_NAME, "kheadersfs");
        HeaderStore store = inherited.Store;
        int root = SubTree.Find(store.Nodes, settings.SubDirectory) ?? 0;
        var fileSystem = new HeaderFileSystem(store, root, settings.UserId, settings.GroupId, settings.Umask, ReportDamage);
        var dispatcher = new FuseDispatcher(fileSystem, new FuseOptions());
        settings.Directory = inherited.Note.Directory; // resolved, where the command line may name a link
        (_device, _mount, _created) = (inherited.Device, inherited.Note.Find(), inherited.Note.Created);
        using var session = new FuseSession(_device, dispatcher, SessionOptions(), inherited.Journal);
        _successor = new Successor(_device, inherited.File, session.Journal, settings, log);
        HandleSignals(new StatusReport(dispatcher, store, primer: null));
        session.Resume();
        BecomeServerUser();
        log.Write(LogLevel.Info, $"took over {settings.Source} on {settings.Directory}");
        _successor.Announce(keep: false);
        return Serve(session, dispatcher);
    }

    /// <summary>What another version of this program, in this very process, has left to us.</summary>
    private ExitCode TakeOver(int[] descriptors)
    {
        using InheritedMount? inherited = InheritedMount.TryTake(descriptors, settings, log);
        if (inherited is not null)
        {
            return Resume(inherited);
        }

        Environment.SetEnvironmentVariable(ServerHandles.Variable, null);
        SignalMask.Unblock();
        using var mount = new MountCommand(settings, log);
        mount.Run();
        return ExitCode.Success;
    }

    private FuseSessionOptions SessionOptions()
    {
        var defaults = new FuseSessionOptions();
        return new FuseSessionOptions
        {
            ThreadCount = settings.Threads > 0 ? settings.Threads : defaults.ThreadCount,
            SpinMicroseconds = settings.SpinMicroseconds ?? defaults.SpinMicroseconds,
        };
    }

    private void HandleSignals(StatusReport report)
    {
        // Never taken back: what arrives while the process ends must not find the default action.
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop));
        _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Leave));
        _signals.Add(PosixSignalRegistration.Create(SigUsr2, context =>
        {
            context.Cancel = true;
            _successor!.Start();
        }));
        _signals.Add(PosixSignalRegistration.Create(SigUsr1, context =>
        {
            context.Cancel = true;
            log.Report(report.ToJson());
        }));
        SignalMask.Unblock();
    }

    private ExitCode Serve(FuseSession session, FuseDispatcher dispatcher)
    {
        session.Run();
        lock (_gate)
        {
            _ended = true;
        }

        MountPoint.Remove(_created);
        if (dispatcher.FirstFault is { } fault)
        {
            log.Write(LogLevel.Error, $"{dispatcher.Counters.Faults} requests failed in a way that is a bug: {fault}");
        }

        return ExitCode.Success;
    }

    private static void CloseForeignDescriptors(int ours)
    {
        // What is not close-on-exec has been inherited: a caller that waits for the end of a pipe must not wait for us. What we
        // need ourselves is not for a process that we start.
        foreach (int descriptor in OpenDescriptors())
        {
            int flags = LibC.Control(descriptor, LibC.F_GETFD, 0);
            if (flags < 0 || (flags & LibC.FD_CLOEXEC) != 0 || descriptor <= StandardError)
            {
                continue;
            }

            _ = descriptor == ours ? LibC.Control(descriptor, LibC.F_SETFD, LibC.FD_CLOEXEC) : LibC.Close(descriptor);
        }
    }

    /// <summary>
    /// Not by way of System.IO, which calls stat(2) for each: of the copy of our mount (-o prime) that is a request to ourselves,
    /// which nobody answers yet.
    /// </summary>
    private static unsafe List<int> OpenDescriptors()
    {
        const int size = 4096;
        byte* buffer = stackalloc byte[size];
        using SafeFileHandle directory = LibC.Open("/proc/self/fd", LibC.O_DIRECTORY | LibC.O_CLOEXEC);
        var descriptors = new List<int>();
        nint length;
        while ((length = LibC.GetDirectoryEntries(directory, buffer, size)) > 0)
        {
            foreach (ReadOnlySpan<byte> name in new DirectoryRecords(new ReadOnlySpan<byte>(buffer, (int)length)))
            {
                descriptors.Add(int.Parse(name, NumberStyles.None, CultureInfo.InvariantCulture));
            }
        }

        return descriptors;
    }

    /// <summary>A session of our own; the standard streams have been /dev/null from the start (ServerProcess).</summary>
    private static void LeaveCaller()
    {
        _ = LibC.SetSession();
        Directory.SetCurrentDirectory("/");
    }

    /// <summary>What -o prime needs and has; null without that option.</summary>
    private Primer? NewPrimer(int[] treeNumber, HeaderStore store, int root, FuseSession session)
    {
        if (!settings.Prime)
        {
            return null;
        }

        if (treeNumber is not [int tree] || _mount is null)
        {
            log.Write(LogLevel.Info, $"{settings.Directory}: -o prime does nothing here: only root's own mounts can be primed, since Linux 5.2");
            return null;
        }

        return new Primer(store, root, session, _mount, new SafeFileHandle(tree, ownsHandle: true), log);
    }

    private unsafe void BecomeServerUser()
    {
        if (settings.ServerUser is { } user && user.UserId != LibC.GetEffectiveUserId()
            && (LibC.SetGroups(0, null) < 0 || LibC.SetGroupId(user.GroupId) < 0 || LibC.SetUserId(user.UserId) < 0))
        {
            throw new ProgramException(
                ExitCode.System, $"-o setuid: cannot become that user ({Marshal.GetLastPInvokeErrorMessage()}); mount as root");
        }
    }

    /// <summary>One line, however many reads fail after the first.</summary>
    private void ReportDamage(Exception e)
    {
        if (Interlocked.Exchange(ref _damageReported, 1) == 0)
        {
            log.Write(LogLevel.Error, $"{settings.Directory}: reads fail with EIO: the store {e.Message}");
        }
    }

    /// <summary>
    /// Detaches the mount. The session ends by itself when nobody uses the mount; whoever does gets ENOTCONN from now on.
    /// </summary>
    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_gate)
        {
            if (!_ended)
            {
                // First of all: as long as it walks, the file system is in use.
                _primer?.Stop();
                _successor!.Forget();
                Detach(_device!);
            }
        }
    }

    /// <summary>Ends and leaves the mount to the next server, if the service manager keeps what that one needs; otherwise as SIGTERM.</summary>
    private void Leave(PosixSignalContext context)
    {
        if (!_successor!.IsKept)
        {
            Stop(context);
            return;
        }

        context.Cancel = true;
        log.Write(LogLevel.Info, $"{settings.Directory}: left to the next server");
        LibC.ExitNow((int)ExitCode.Success);
    }

    private void Detach(FuseDevice device)
    {
        try
        {
            if (device.IsConnected && IsStillOurs())
            {
                Unmounter.Unmount(settings.Directory, lazy: true);
            }
        }
        catch (FuseException e)
        {
            log.Write(LogLevel.Error, e.Message);
        }

        if (device.IsConnected)
        {
            // A mount that somebody else made for us is theirs to take away.
            if (_mount is not null)
            {
                log.Write(LogLevel.Warning, $"{settings.Directory} was still in use when it was unmounted");
            }

            MountPoint.Remove(_created);
            LibC.ExitNow((int)ExitCode.Success);
        }
    }

    /// <summary>Somebody may have mounted something else on top of us since.</summary>
    private bool IsStillOurs() =>
        MountInfo.Find(settings.Directory) is { } top && top.Major == _mount?.Major && top.Minor == _mount.Minor;
}
