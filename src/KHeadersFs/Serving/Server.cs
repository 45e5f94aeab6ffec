using System.Runtime.InteropServices;
using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Interop;
using KHeadersFs.Keeping;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Priming;
using KHeadersFs.Records;
using KHeadersFs.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// The process behind a mount. It mounts, serves and unmounts; the store comes from a <see cref="MountCommand"/> in another process:
/// the one that the user has started, or with -f a child, so that what the user has started is the server from its first moment.
/// </summary>
internal sealed class Server(MountSettings settings, Log log)
{
    /// <summary>What the kernel calls the process (/proc/PID/comm).</summary>
    internal const string ProcessName = "kheadersfs";

    private readonly Lock _gate = new();
    private readonly ServedMount _mount = new(settings); // guarded by _gate
    private StartedProcess? _builder; // guarded by _gate: with -f, until the mount answers
    private bool _announced; // guarded by _gate
    private bool _ended; // guarded by _gate: all has been cleared up
    private bool _wasAborted; // guarded by _gate
    private Primer? _primer;
    private StatusReport? _report;
    private Successor? _successor; // guarded by _gate
    private bool _isReady; // guarded by _gate: all is there that can be handed on
    private bool _makesWay; // guarded by _gate: SIGUSR2 came before that
    private int _damageReported;
    private int _shortageReported;

    /// <summary>Serves until the mount ends; returns the process's exit code.</summary>
    /// <param name="handles">What the builder has started this with; null with -f, where this starts the builder.</param>
    internal ExitCode Run(ServerHandles? handles)
    {
        // The image was started as /proc/self/exe, so the kernel calls the process "exe".
        _ = LibC.ProcessControl(LibC.PR_SET_NAME, ProcessName);

        // Before there is anything to clear up. From here on a signal finds whatever there is, under the lock.
        EndingSignals.Handle(Stop, Report, Leave, MakeWay);
        SignalMask.Unblock();
        try
        {
            return Serve(handles);
        }
        finally
        {
            EndOnce();
        }
    }

    private ExitCode Serve(ServerHandles? handles)
    {
        if (handles is null && settings.Foreground && InheritedMount.FromServiceManager(settings, log) is { } kept)
        {
            return Resume(kept, keeper: null, logFile: null);
        }

        using DescriptorSocket builder = handles is null ? StartBuilder() : DescriptorSocket.FromInherited(handles.Socket);
        InheritedDescriptors.CloseAllBut(handles?.Socket ?? -1);
        int[] first = builder.Receive() ?? [];
        if (first.Length == Successor.Descriptors)
        {
            KeeperProcess? keeper = First(builder.Receive()) is { } orders ? KeeperProcess.FromDescriptor(orders) : null;
            int? logFile = First(builder.Receive()), manager = First(builder.Receive());
            if (manager is { } socket)
            {
                ServiceManager.Continue(socket);
            }

            builder.Dispose();
            if (keeper is not null && !IsConnected(first[0]))
            {
                // Somebody has unmounted meanwhile.
                _ = keeper.Do(KeeperOrder.EndDead);
                return ExitCode.Success;
            }

            return InheritedMount.TryTake(first, settings, keeper, log) is { } left ? Resume(left, keeper, logFile)
                : keeper is null ? Serve(handles: null)
                : ExitCode.NoAnswer; // a service manager starts one that has the right to mount
        }

        if (first is not [int storeNumber, .. var recordNumber])
        {
            return BuilderEnded(handles, record: null);
        }

        MountRecord? record = recordNumber is [int file] ? MountRecord.FromDescriptor(new SafeFileHandle(file, ownsHandle: true)) : null;
        var storeFile = new SafeFileHandle(storeNumber, ownsHandle: true);
        using HeaderStore store = HeaderStore.Open(storeFile, settings.CacheBlocks);
        FuseDispatcher dispatcher = NewDispatcher(store, out int root);
        if (builder.Receive() is not { } descriptors)
        {
            return BuilderEnded(handles, record);
        }

        LogFile? newLog = LogFile.Open(settings.LogFile);
        FuseDevice device = Mount(descriptors, handles, record);
        using SafeFileHandle? tree = settings.Prime && _mount.Info is not null ? DetachedTree.TryOpen(_mount.Info) : null;
        using var session = new FuseSession(device, dispatcher, SessionOptions());
        try
        {
            session.Handshake();
            var note = MountNote.Of(settings, _mount.Info, _mount.Created);
            session.Journal.Note = note.ToBytes();
            _successor = new Successor(device, storeFile, session.Journal, settings, log);
            using Primer? primer = _primer = NewPrimer(tree, store, root, session);
            _report = new StatusReport(dispatcher, store, _primer);
            LetBuilderGo(builder);
            GiveUpRights(isOver: false);
            if (!Announce(builder, newLog))
            {
                return ExitCode.Interrupted;
            }

            _primer?.Start();
            WatchIdle(session);

            // Decodes blocks, which anybody may have made: not before the rights have gone, and nobody waits for it.
            session.Journal.Note = (note with { NeedsExtensions = ClientLimits.NeedsExtensions(storeFile) }).ToBytes();
            ProgramText.GiveBack();
            session.Run();
        }
        finally
        {
            // Before the device is closed, which a signal's thread may be looking at.
            EndOnce();
        }

        return Ended(dispatcher);

        static bool IsConnected(int number)
        {
            FuseDevice device = FuseDevice.FromDescriptor(number);
            bool isConnected = device.IsConnected;
            device.SetHandleAsInvalid(); // not ours to close
            return isConnected;
        }

        static int? First(int[]? descriptors) => descriptors is [var number, ..] ? number : null;
    }

    /// <summary>Serves a mount whose server has ended; nobody who uses it need notice.</summary>
    /// <param name="inherited">The mount.</param>
    /// <param name="keeper">The process that has the right to unmount; null where this one has it.</param>
    /// <param name="logFile">What the other server has written to; null where this one opens it.</param>
    private ExitCode Resume(InheritedMount inherited, KeeperProcess? keeper, int? logFile)
    {
        using HeaderStore store = inherited.Store;
        FuseDispatcher dispatcher = NewDispatcher(store, out _);
        lock (_gate)
        {
            settings.Directory = inherited.Note.Directory; // resolved, where the command line may name a link
            _mount.Resume(inherited.Device, inherited.Note, keeper);
            _announced = true;
        }

        using var session = new FuseSession(inherited.Device, dispatcher, SessionOptions(), inherited.Journal);
        try
        {
            _report = new StatusReport(dispatcher, store, primer: null);
            _successor = new Successor(inherited.Device, inherited.StoreFile, session.Journal, settings, log);
            session.Resume();
            log.Continue(settings.LogFile, logFile, settings.Foreground);
            if (keeper is null)
            {
                TryWritePidFile();
            }

            GiveUpRights(isOver: true);
            log.Write(LogLevel.Info, $"took over {settings.Source} on {settings.Directory}");
            NewWatch()?.Start();
            _successor.Announce(keep: false);
            HearSignals();
            WatchIdle(session);
            ProgramText.GiveBack();
            session.Run();
        }
        finally
        {
            EndOnce();
        }

        return Ended(dispatcher);
    }

    /// <summary>For a mount that is served on: a file that cannot be written any more is a line in the log.</summary>
    private void TryWritePidFile()
    {
        try
        {
            WritePidFile();
        }
        catch (ProgramException e)
        {
            log.Warn(e.Message);
        }
    }

    private void WritePidFile()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                PidFile.Write(settings.PidFile);
                _mount.PidFile = settings.PidFile;
            }
        }
    }

    private FuseDispatcher NewDispatcher(HeaderStore store, out int root)
    {
        root = SubTree.Find(store.Nodes, settings.SubDirectory) ?? 0;
        var fileSystem = new HeaderFileSystem(store, root, settings.UserId, settings.GroupId, settings.Umask, ReportDamage);
        return new FuseDispatcher(fileSystem, new FuseOptions
        {
            Validity = settings.IdleSeconds > 0 ? Validity.Of(IdleWatch.MemoryOf(TimeSpan.FromSeconds(settings.IdleSeconds))) : Validity.Forever,
            RequestTimeout = RequestTimeout.ToAskFor(),
        });
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

    private void GiveUpRights(bool isOver)
    {
        lock (_gate)
        {
            new Retreat(settings, log, _mount).Run(_successor!.Path, isOver);
        }
    }

    private ExitCode Ended(FuseDispatcher dispatcher)
    {
        if (dispatcher.FirstFault is { } fault)
        {
            log.Write(LogLevel.Error, $"{dispatcher.Counters.Faults} requests failed in a way that is a bug: {fault}");
        }

        return _mount.KeeperProcess is { HasFailed: true } ? ExitCode.System : _wasAborted ? ExitCode.NoAnswer : ExitCode.Success;
    }

    /// <summary>Not in the foreground, where the caller ends the server.</summary>
    private NamespaceWatch? NewWatch() => !settings.Foreground && _mount.Info is { } mount ? new NamespaceWatch(mount, Abandon) : null;

    /// <summary>-o idle.</summary>
    private void WatchIdle(FuseSession session)
    {
        if (settings.IdleSeconds > 0 && _mount.Info is { } mount)
        {
            new IdleWatch(_mount, mount, TimeSpan.FromSeconds(settings.IdleSeconds), session, WhileMounted, log).Start();
        }
        else if (settings.IdleSeconds > 0)
        {
            log.Write(LogLevel.Info, $"{settings.Directory}: -o idle does nothing here: who has mounted it has to unmount it");
        }
    }

    /// <summary>With -f: the directory is made here, so that whatever happens to the builder, it is removed here.</summary>
    private DescriptorSocket StartBuilder()
    {
        lock (_gate)
        {
            if (MountPoint.DescriptorOf(settings.Directory) is null)
            {
                _mount.Record = MountRecord.TryCreate(settings);
                MountPoint point = MountPoint.Prepare(settings, _mount.Record);
                point.TellWhere(log);
                _mount.Created = point.Created;
                settings.Directory = point.Path;
            }

            DescriptorSocket socket = DescriptorSocket.Create();
            _builder = BuilderProcess.Start(settings, socket);
            socket.CloseChildEnd();
            return socket;
        }
    }

    /// <summary>It has said why, unless it was killed.</summary>
    private ExitCode BuilderEnded(ServerHandles? handles, MountRecord? record)
    {
        if (_builder is null)
        {
            Inherit(handles, record);
            return ExitCode.MountFailure;
        }

        ChildStatus status = _builder.WaitForEnd();
        if (status.WasInterrupted)
        {
            throw new ProgramException(ExitCode.Interrupted, MountCommand.InterruptedMessage(settings));
        }

        return status.Code ?? throw new ProgramException(
            ExitCode.System, $"{settings.Directory}: the process that reads the archive was killed (signal {status.Signal}); mount again");
    }

    /// <summary>By what the builder has sent: device and directory; for fusermount3 nothing; or what somebody else has mounted.</summary>
    private FuseDevice Mount(int[] descriptors, ServerHandles? handles, MountRecord? record)
    {
        lock (_gate)
        {
            Inherit(handles, record);
            FuseDevice? device = descriptors is [int number, ..] ? FuseDevice.FromDescriptor(number) : null;
            using SafeFileHandle? place = descriptors is [_, int placeNumber] ? new SafeFileHandle(placeNumber, ownsHandle: true) : null;
            if (device is null || place is not null)
            {
                WritePidFile();
                return _mount.Mount(device, place);
            }

            // Mounted already, so it is unmounted if what follows fails.
            _mount.Adopt(device);
            WritePidFile();
            return device;
        }
    }

    /// <summary>
    /// From now on this process removes what the one that has started it has made for the mount. Not earlier: as long as that one lives it
    /// needs the directory, and knows better what to say.
    /// </summary>
    private void Inherit(ServerHandles? handles, MountRecord? record)
    {
        lock (_gate)
        {
            if (handles is not null)
            {
                (_mount.Created, _mount.Record) = (handles.Created, record);
            }
        }
    }

    /// <summary>What -o prime needs and has; null without that option.</summary>
    private Primer? NewPrimer(SafeFileHandle? tree, HeaderStore store, int root, FuseSession session)
    {
        if (!settings.Prime)
        {
            return null;
        }

        if (tree is null)
        {
            log.Write(LogLevel.Info, $"{settings.Directory}: -o prime does nothing here: only root's own mounts can be primed, since Linux 5.2");
            return null;
        }

        // With this process's descriptor of it open, the file system would not end with the mount.
        using SafeFileHandle mine = tree;
        WalkerProcess? walker = WalkerProcess.TryStart(tree, _mount.Info!.Directory, ServerRights.OfWalker(settings));
        if (walker is null)
        {
            log.Write(LogLevel.Info, $"{settings.Directory}: -o prime does nothing here: no process can be started for it ({Marshal.GetLastPInvokeErrorMessage()})");
            return null;
        }

        return new Primer(store, root, session, _mount.Info!, walker, log);
    }

    /// <summary>
    /// With -f the process that has built the store is a child, and has nothing left to do: the mount answers. Now, because soon this process has not the right
    /// to end it.
    /// </summary>
    private void LetBuilderGo(DescriptorSocket builder)
    {
        lock (_gate)
        {
            if (_builder is { } child)
            {
                _ = builder.Send();

                // Not waited for here: nothing may keep the mount from being served.
                new Thread(() => child.WaitForEnd(), 64 * 1024) { IsBackground = true }.Start();
                _builder = null;
            }
        }
    }

    /// <summary>
    /// Lets the process that mounts end: it says that the mount stands. False when it has been killed meanwhile, and nobody knows of the mount. A
    /// session of our own not earlier: automounts count on mount(8)'s process group.
    /// </summary>
    private bool Announce(DescriptorSocket builder, LogFile? newLog)
    {
        lock (_gate)
        {
            log.MoveTo(newLog, settings.Foreground);
            if (!settings.Foreground)
            {
                _ = LibC.SetSession();
                _ = LibC.ChangeDirectory("/");
                ProgramImage.ReleaseStandardError();
            }

            log.Write(LogLevel.Info, $"serving {settings.Source} on {settings.Directory}");
            if (!settings.Foreground && !builder.Send())
            {
                return false;
            }

            _announced = true;
        }

        builder.Dispose();
        _successor!.Announce(keep: true);
        NewWatch()?.Start();
        HearSignals();
        return true;
    }

    /// <summary>Whoever asked for another version to take over, before there was anything to hand on, is heard now.</summary>
    private void HearSignals()
    {
        bool makesWay;
        lock (_gate)
        {
            _isReady = true;
            makesWay = _makesWay;
        }

        if (makesWay)
        {
            MakeWay();
        }
    }

    /// <summary>One line, however many reads fail after the first.</summary>
    private void ReportDamage(Exception e)
    {
        string? shortage = e is OutOfMemoryException ? Shortage.Of(e) : null;
        if (Interlocked.Exchange(ref shortage is null ? ref _damageReported : ref _shortageReported, 1) == 0)
        {
            log.Write(
                LogLevel.Error,
                shortage is null ? $"{settings.Directory}: reads fail with EIO: the store {e.Message}" : $"{settings.Directory}: reads fail with ENOMEM: {shortage}");
        }
    }

    private void Report()
    {
        if (_report is { } report)
        {
            log.Report(report.ToJson());
        }
    }

    /// <summary>
    /// A signal: detaches the mount. The session then ends by itself when nobody uses the mount; whoever does gets ENOTCONN from
    /// now on.
    /// </summary>
    private void Stop()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            bool announced = _announced;
            ClearUp();
            if (!announced && settings.Foreground)
            {
                log.Write(LogLevel.Error, MountCommand.InterruptedMessage(settings));
            }
            else if (announced && _mount.Info is not null && _mount.IsConnected)
            {
                log.Write(LogLevel.Warning, $"{settings.Directory} was still in use when it was unmounted");
            }

            LibC.ExitNow((int)(_mount.KeeperProcess is { HasFailed: true } ? ExitCode.System : announced ? ExitCode.Success : ExitCode.Interrupted));
        }
    }

    /// <summary>
    /// Nobody can reach the mount: it is detached from the mount namespace that only this server is in. The session then ends by itself, when nobody holds
    /// anything of it open either.
    /// </summary>
    private void Abandon()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _primer?.Stop();
                Complain(_mount.Do(KeeperOrder.Detach));
            }
        }
    }

    /// <summary>SIGQUIT: ends and leaves the mount to the next server, if the service manager keeps what that one needs; otherwise stops.</summary>
    private void Leave()
    {
        lock (_gate)
        {
            if (_ended || _successor is { IsKept: true })
            {
                log.Write(LogLevel.Info, $"{settings.Directory}: left to the next server");
                LibC.ExitNow((int)ExitCode.Success);
            }
        }

        Stop();
    }

    /// <summary>SIGUSR2: what by now has the name of this program takes its place, as soon as there is something to hand on.</summary>
    private void MakeWay()
    {
        lock (_gate)
        {
            _makesWay = !_isReady;
            if (!_ended && _isReady)
            {
                _successor?.Start(_mount.KeeperProcess);
            }
        }
    }

    /// <summary>Waits for a signal's thread if there is one: that ends the process, for it knows why.</summary>
    private void EndOnce()
    {
        lock (_gate)
        {
            ClearUp();
        }
    }

    /// <summary>
    /// Afterwards there is no builder, no mount and no directory. Once; under the lock. When the connection has ended by itself, a mount that is still there is
    /// a dead one: somebody has aborted the connection, and nothing can be read from it any more.
    /// </summary>
    private void ClearUp()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _ = _builder?.End();

        // As long as it walks, the file system is in use.
        _primer?.Stop();
        KeeperOrder order = _mount.IsConnected ? KeeperOrder.End : KeeperOrder.EndDead;
        KeeperAnswer answer = _mount.Do(order);
        Complain(answer);
        if (_announced && order is KeeperOrder.EndDead && answer is { Places: [var place, ..] })
        {
            _wasAborted = true;
            log.Write(LogLevel.Error, $"{place}: the connection was aborted (umount -f, /sys/fs/fuse/connections, or a request that took too long); what was dead is unmounted: mount again");
        }

        if (order is KeeperOrder.End || _wasAborted)
        {
            _successor?.Forget();
        }
    }

    private void Complain(KeeperAnswer answer)
    {
        foreach (string complaint in answer.Complaints)
        {
            log.Write(LogLevel.Error, complaint);
        }
    }

    /// <summary>Runs what another thread has to do with the mount, under the lock; not at all when everything has been cleared up.</summary>
    private void WhileMounted(Action step)
    {
        lock (_gate)
        {
            if (!_ended)
            {
                step();
            }
        }
    }
}
