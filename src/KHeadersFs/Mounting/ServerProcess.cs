using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Records;
using KHeadersFs.Sandbox;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// The process that serves, seen from the one that builds: a fresh image of this program, because a .NET process must not fork and the
/// memory of building must not stay. With -f it is there already, and has started this one.
/// </summary>
/// <remarks>
/// An image takes 10 ms to start and 2 to open a store, so it is started before there is anything to serve, and gets the store before
/// the mount. It ends when it has nothing to wait for: when this process has ended, however it did.
/// </remarks>
internal sealed class ServerProcess : IDisposable
{
    private readonly MountSettings _settings;
    private readonly MountPoint? _point;
    private readonly bool _isParent;
    private readonly DescriptorSocket _socket;
    private readonly Lock _gate = new();
    private StartedProcess? _child; // guarded by _gate: there is one that does not serve yet
    private bool _serves; // guarded by _gate

    /// <summary>One to be started, for a mount on <paramref name="point"/>, or on the descriptor that DIR names.</summary>
    internal ServerProcess(MountSettings settings, MountPoint? point)
        : this(settings, point, DescriptorSocket.Create(), isParent: false)
    {
    }

    private ServerProcess(MountSettings settings, MountPoint? point, DescriptorSocket socket, bool isParent) =>
        (_settings, _point, _socket, _isParent) = (settings, point, socket, isParent);

    /// <summary>The one that has started this process.</summary>
    internal static ServerProcess Parent(MountSettings settings, ServerHandles handles) =>
        new(settings, point: null, DescriptorSocket.FromInherited(handles.Socket), isParent: true);

    /// <summary>Starts the process, once; none for a mount helper's -f, which mounts nothing.</summary>
    /// <exception cref="ProgramException">It could not be started.</exception>
    internal void Start()
    {
        lock (_gate)
        {
            if (_child is not null || _isParent || _settings.Fake)
            {
                return;
            }

            if (!_socket.SendBytes(new StartMessage(ImageRole.Server, ServerHandles.TextOf(_point?.Created ?? [])).ToBytes()))
            {
                throw new ProgramException(ExitCode.MountFailure, $"{_settings.Directory}: too many directories to make; make them first (mkdir -p)");
            }

            int inherited = ChildProcess.IsOpen(ProgramImage.StandardError) ? ProgramImage.StandardError : ChildProcess.Streams;
            int process = Spawn(inherited);
            if (process < 0)
            {
                throw new ProgramException(
                    ExitCode.System,
                    $"the server: cannot be started ({Marshal.GetLastPInvokeErrorMessage()}); free memory, or raise the limits (ulimit -n, ulimit -u)");
            }

            _child = new StartedProcess(process);
        }

        _socket.CloseChildEnd();
    }

    /// <summary>Whether it has said that the mount answers: from then on the mount is its own.</summary>
    internal bool Serves
    {
        get
        {
            lock (_gate)
            {
                return _serves;
            }
        }
    }

    /// <summary>The record of the mount, which becomes the server's; null for one that has its own.</summary>
    internal MountRecord? Record { get; init; }

    /// <summary>Lets the process open the store, and starts it if it has not been. Whether it could is told by <see cref="HandOver"/>.</summary>
    /// <exception cref="ProgramException">It could not be started.</exception>
    internal void Prepare(SafeFileHandle store)
    {
        Start();
        _ = Record is null ? _socket.Send(Number(store)) : _socket.Send(Number(store), Number(Record.File));
    }

    /// <summary>
    /// Lets the prepared process mount and serve; returns when the mount answers. From then on it alone clears up.
    /// </summary>
    /// <param name="device">Null where fusermount3 opens it.</param>
    /// <param name="place">The directory to mount on; null where fusermount3 does it, or somebody else has.</param>
    /// <exception cref="ProgramException">The server did not come up. Without a message when it has said so itself.</exception>
    internal void HandOver(FuseDevice? device, SafeFileHandle? place)
    {
        bool sent = device is null ? _socket.Send()
            : place is null ? _socket.Send(Number(device))
            : _socket.Send(Number(device), Number(place));
        bool answers = sent && _socket.Receive() is not null;
        lock (_gate)
        {
            if (answers)
            {
                _serves = true;
                _child = null;
                return;
            }
        }

        throw Ended();
    }

    /// <summary>
    /// Tells a process that is about to serve to end: afterwards it has unmounted, and there is none. False, and nothing done, when it
    /// <see cref="Serves"/>.
    /// </summary>
    internal bool TryStop()
    {
        lock (_gate)
        {
            if (!_serves)
            {
                _ = _child?.End();
                _child = null;
            }

            return !_serves;
        }
    }

    /// <summary>Ends a process that does not serve yet; afterwards there is none.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ = _child?.Kill();
            _child = null;
        }

        _socket.Dispose();
    }

    /// <summary>Root's server has no right from its first instruction on that it will not need to mount. With setuid or not: later it has none.</summary>
    private int Spawn(int inherited)
    {
        if (LibC.GetEffectiveUserId() == 0 && _settings.Sandbox is not SandboxPolicy.Off)
        {
            // The server has not the right to, when it becomes another user.
            _ = ResourceLimit.TryAllowProcesses(ServerSandbox.Threads);
            int process = LoweredThread.Run(ServerRights.OfServer(_settings, _point?.Path ?? _settings.Directory, _point?.Created ?? []), Start);

            // The program's file may be one that only its owner can execute: then it gives up its rights itself.
            if (process > 0 || Marshal.GetLastPInvokeError() != PosixException.EACCES)
            {
                return process;
            }
        }

        return Start();

        int Start() => ProgramImage.Spawn(Arguments(), inherited, _socket.ChildEnd!);
    }

    private static int Number(SafeHandle handle) => (int)handle.DangerousGetHandle();

    private ProgramException Ended()
    {
        ChildStatus status = _child?.WaitForEnd() ?? new ChildStatus(ExitCode.Interrupted, 0);
        return status switch
        {
            { WasInterrupted: true } => new ProgramException(ExitCode.Interrupted, MountCommand.InterruptedMessage(_settings)),
            { Code: not null and not ExitCode.Success } => new ProgramException(status.Code.Value, string.Empty),
            _ => new ProgramException(ExitCode.System, $"{_settings.Directory}: the server ended before the mount answered; see the system log"),
        };
    }

    /// <summary>The user's own command line, the directory as it is called from this system's root.</summary>
    private string[] Arguments()
    {
        string[] root = _settings.Root is RootDirectory.Own ? [] : ["-o", $"root={RootDirectory.Own}"];
        return ["kheadersfs", .. _settings.Arguments, .. root, "--", _settings.Source, _point?.Path ?? _settings.Directory];
    }
}
