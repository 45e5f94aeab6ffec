using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Keeping;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// Provides for the server after this one, whether this one is killed (the service manager keeps the descriptors, and starts it) or told
/// to make way (SIGUSR2: the program that by now has our name, a newer version maybe, takes the place of this process).
/// </summary>
internal sealed unsafe class Successor
{
    /// <summary>
    /// What it gets in a first message: device, store and journal. Three more follow, each with one descriptor or none: the keeper's socket, the log, and
    /// the way to the service manager, which it may not be able to open itself.
    /// </summary>
    internal const int Descriptors = 3;

    private readonly FuseDevice _device;
    private readonly SafeFileHandle _store;
    private readonly SessionJournal _journal;
    private readonly MountSettings _settings;
    private readonly Log _log;
    private readonly DescriptorStore _kept = new();

    /// <summary>Not /proc/self/exe, which is this program for ever. Asked for before its file can have been replaced.</summary>
    private readonly string _program = Environment.ProcessPath ?? "kheadersfs";

    private readonly byte* _path;

    /// <summary>Of a session whose INIT has been answered.</summary>
    internal Successor(FuseDevice device, SafeFileHandle store, SessionJournal journal, MountSettings settings, Log log)
    {
        (_device, _store, _journal, _settings, _log) = (device, store, journal, settings, log);
        _path = SealedPath.TryPut(_program);
    }

    /// <summary>Where the path of the program stands that may take over; 0 for nowhere.</summary>
    internal nuint Path => (nuint)_path;

    /// <summary>The service manager keeps the descriptors, as far as can be told.</summary>
    internal bool IsKept => _kept.IsKept;

    /// <summary>Tells the service manager that the service is up; <paramref name="keep"/>: gives it the descriptors, which it has not yet.</summary>
    internal void Announce(bool keep)
    {
        // Of a server in the background it would take nothing: that is not its main process.
        if (_settings.Foreground)
        {
            _kept.Keep(keep ? [_store, _journal.Descriptor, _device] : []);
        }

        ServiceManager.NotifyReady();
    }

    /// <summary>There is not to be one: the mount ends.</summary>
    internal void Forget()
    {
        if (_settings.Foreground)
        {
            DescriptorStore.Drop();
        }
    }

    /// <summary>Starts it in the place of this process. Returns only when that fails; then this server serves on.</summary>
    /// <param name="keeper">The keeper; null where this process has the right to unmount.</param>
    internal void Start(KeeperProcess? keeper)
    {
        KeeperAnswer answer = KeeperAnswer.Nothing;
        using SafeFileHandle? newLog = keeper?.OpenLog(out answer);
        foreach (string complaint in answer.Complaints)
        {
            _log.Warn(complaint);
        }

        using var socket = DescriptorSocket.Create();
        using var inherited = new SafeFileHandle(LibC.Control(Number(socket.ChildEnd!), LibC.F_DUPFD, ChildProcess.Streams), ownsHandle: true);
        using var argv = new NativeStrings(ProcessText.Arguments(Environment.GetCommandLineArgs()));
        using var envp = new NativeStrings(Variables(inherited));
        if (!inherited.IsInvalid
            && socket.SendBytes(new StartMessage(ImageRole.Server, Mounter.Of(_settings).ToString()).ToBytes())
            && socket.Send(Number(_device), Number(_store), Number(_journal.Descriptor))
            && Array.TrueForAll([keeper?.Socket, newLog ?? (keeper is null ? null : _log.File), ServiceManager.Socket], file => socket.Send(file is null ? [] : [Number(file)])))
        {
            _ = ServiceManager.Notify("RELOADING=1");
            Execute(argv, envp);
        }

        _log.Write(LogLevel.Error, $"{_program}: cannot be started ({Marshal.GetLastPInvokeErrorMessage()}); this version serves on");
        ServiceManager.NotifyReady();
    }

    private void Execute(NativeStrings argv, NativeStrings envp)
    {
        SignalMask.Block();
        _ = _path is null ? LibC.Execute(_program, argv.Pointer, envp.Pointer) : LibC.Execute(_path, argv.Pointer, envp.Pointer);
        int error = Marshal.GetLastPInvokeError();
        SignalMask.Unblock();
        Marshal.SetLastPInvokeError(error);
    }

    private static int Number(SafeHandle handle) => (int)handle.DangerousGetHandle();

    /// <summary>Those of this process, but for what tells a process of this number where its descriptors are.</summary>
    private static IEnumerable<string> Variables(SafeFileHandle socket) => ProcessText.Variables
        .Where(static v => !v.StartsWith(StartMessage.Variable + "=", StringComparison.Ordinal)
            && !v.StartsWith(DescriptorStore.VariablePrefix, StringComparison.Ordinal))
        .Append(string.Create(CultureInfo.InvariantCulture, $"{StartMessage.Variable}={Number(socket)}"));
}
