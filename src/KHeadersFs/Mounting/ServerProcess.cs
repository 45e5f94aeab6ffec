using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Turns a mounted device and a store into a serving process: a fresh image of this program, because a .NET process must
/// not fork and the memory of building must not stay.
/// </summary>
/// <remarks>
/// An image takes 10 ms to start and 2 to open a store, so it is started before there is anything to serve, and gets the store before
/// the mount. It ends when it has nothing to wait for: when this process has ended, however it did.
/// </remarks>
/// <param name="settings">What the user asked for.</param>
/// <param name="directory">Where the mount is, or will be.</param>
/// <param name="created">Directories to remove when the mount has ended, the outermost first.</param>
internal sealed unsafe class ServerProcess(MountSettings settings, string directory, IReadOnlyList<string> created) : IDisposable
{
    private readonly DescriptorSocket _socket = DescriptorSocket.Create();
    private readonly Lock _gate = new();
    private bool _announced; // guarded by _gate: the new image will find in the socket that it is a server
    private int _process; // guarded by _gate: there is one that does not serve yet

    /// <summary>
    /// Starts the process, once. With -f there is none, since the server will take the place of this one; nor for a mount helper's -f,
    /// which mounts nothing.
    /// </summary>
    /// <exception cref="ProgramException">It could not be started.</exception>
    internal void Start()
    {
        lock (_gate)
        {
            if (_announced || settings.Fake)
            {
                return;
            }

            _announced = true;
            if (!_socket.SendBytes(new StartMessage(ImageRole.Server, new ServerHandles(created).ToString()).ToBytes()))
            {
                throw new ProgramException(ExitCode.MountFailure, $"{directory}: too many directories to make; make them first (mkdir -p)");
            }

            if (settings.Foreground)
            {
                return;
            }

            int process = ProgramImage.Spawn(Arguments(), _socket.ChildEnd!);
            if (process < 0)
            {
                throw NotStarted();
            }

            _process = process;
        }

        _socket.CloseChildEnd();
    }

    /// <summary>Lets the process open the store, and starts it if it has not been. Whether it could is told by <see cref="HandOver"/>.</summary>
    /// <exception cref="ProgramException">It could not be started.</exception>
    internal void Prepare(SafeFileHandle store)
    {
        Start();
        _ = _socket.Send(Number(store));
    }

    /// <summary>
    /// Lets the prepared process serve. With -f it replaces this one; otherwise this returns when the mount answers.
    /// <paramref name="tree"/> is a copy of the mount for -o prime, or null.
    /// </summary>
    /// <exception cref="ProgramException">The server did not come up.</exception>
    internal void HandOver(FuseDevice device, SafeFileHandle? tree)
    {
        bool sent = tree is null ? _socket.Send(Number(device)) : _socket.Send(Number(device), Number(tree));
        if (settings.Foreground)
        {
            Execute();
        }

        if (!sent || _socket.Receive() is null)
        {
            throw new ProgramException(ExitCode.System, $"{directory}: the server ended before the mount answered; see the system log");
        }

        lock (_gate)
        {
            _process = 0;
        }
    }

    /// <summary>Ends a process that does not serve yet; afterwards there is none.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_process != 0)
            {
                ProgramImage.End(_process);
                _process = 0;
            }
        }

        _socket.Dispose();
    }

    private static ProgramException NotStarted() => new(
        ExitCode.System,
        $"the server: cannot be started ({Marshal.GetLastPInvokeErrorMessage()}); free memory, or raise the limits (ulimit -n, ulimit -u)");

    private static int Number(SafeHandle handle) => (int)handle.DangerousGetHandle();

    private void Execute()
    {
        using var argv = new NativeStrings(Arguments());
        using var envp = new NativeStrings(ProcessText.Variables);
        OpenClosedStreams();

        // To a number of its own dup2(2) does nothing, and the socket stays close-on-exec.
        _ = LibC.Duplicate(_socket.ChildEnd!, StartMessage.Socket);
        _ = LibC.Control(StartMessage.Socket, LibC.F_SETFD, 0);
        _ = LibC.Execute(ProgramImage.Path, argv.Pointer, envp.Pointer);
        throw NotStarted();
    }

    /// <summary>What is close-on-exec under the number of a stream is not the stream but something of our runtime's.</summary>
    private static void OpenClosedStreams()
    {
        // Stays open: it may itself have the number of a stream. If not, the server closes it as foreign.
        SafeFileHandle nothing = LibC.Open(ChildProcess.Nothing, LibC.O_RDWR);
        for (int stream = 0; stream < ChildProcess.Streams; stream++)
        {
            int flags = LibC.Control(stream, LibC.F_GETFD, 0);
            if (flags < 0 || (flags & LibC.FD_CLOEXEC) != 0)
            {
                _ = LibC.Duplicate(nothing, stream);
            }
        }

        nothing.SetHandleAsInvalid();
    }

    /// <summary>The user's own command line, the directory made absolute.</summary>
    private IEnumerable<string> Arguments()
    {
        yield return "kheadersfs";
        foreach (string argument in settings.Arguments)
        {
            yield return argument;
        }

        yield return "--";
        yield return settings.Source;
        yield return directory;
    }
}
