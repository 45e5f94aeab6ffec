using System.Runtime.InteropServices;
using System.Text;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Views;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sandbox;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Decoding;

/// <summary>
/// Has another image of this program, a <see cref="ArchiveDecoder"/>, decode archives that may be anybody's. It gets the archive's descriptor and
/// returns the sealed store; what it says is not trusted to be anything but text.
/// </summary>
/// <param name="policy">What becomes of a mount whose decoder could not give up all.</param>
/// <param name="warn">Takes a line when it could not.</param>
/// <param name="places">Where kernels' configurations may be, which the process has no right to open.</param>
internal sealed class DecoderProcess(SandboxPolicy policy, Action<string> warn, Func<ModulePlaces> places) : IDisposable
{
    private readonly Lock _gate = new();
    private StartedProcess? _process; // guarded by _gate
    private bool _ended; // guarded by _gate

    /// <summary>Garbage collections there were in it.</summary>
    internal int Collections { get; private set; }

    /// <summary>What the last store tells of its kernel's release: null where nobody has asked, empty where it tells none.</summary>
    internal string? Release { get; private set; }

    /// <summary>Makes a sealed file in memory of an archive, or of a module's file, which is closed.</summary>
    /// <param name="task">What.</param>
    /// <param name="archive">Any descriptor that can be read.</param>
    /// <param name="path">What it is called, for messages.</param>
    /// <param name="options">How; the cache is the caller's.</param>
    /// <exception cref="ArchiveException">It cannot be used.</exception>
    /// <exception cref="ProgramException">No archive is in the module, or the process cannot be started, or was killed.</exception>
    /// <exception cref="IOException">There is no memory left for the store.</exception>
    internal SafeFileHandle Make(DecoderTask task, SafeFileHandle archive, string path, BuildOptions options)
    {
        var request = new DecoderRequest(task, options.Limits, DecoderRequest.KindOf(options.View), options.Facts is not null);
        using DecoderSocket socket = Start(new StartMessage(ImageRole.Decoder, request.ToText()), archive, path);
        archive.Dispose();
        try
        {
            SafeFileHandle made = Receive(socket, path, options, out string release);
            if (task is not DecoderTask.TakeArchive)
            {
                DecoderFailure.CheckStore(made, path);
                Release = release;
            }

            return made;
        }
        finally
        {
            // Its memory is gone before anybody takes more.
            End();
        }
    }

    /// <summary>Ends the process if there is one; afterwards none is started. For any thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
        }

        End();
    }

    private void End()
    {
        StartedProcess? process;
        lock (_gate)
        {
            process = _process;
            _process = null;
        }

        _ = process?.Kill();
    }

    private DecoderSocket Start(StartMessage greeting, SafeFileHandle archive, string path)
    {
        int error = TryStart(greeting, archive, keep: 0, out SafeFileHandle? socket);

        // The program's file may be one that only its owner can execute.
        if (error == PosixException.EACCES)
        {
            error = TryStart(greeting, archive, ServerRights.ForeignFiles, out socket);
        }

        return socket is not null
            ? new DecoderSocket(socket)
            : throw new ProgramException(
                ExitCode.System,
                $"{path}: the process that reads it cannot be started ({Marshal.GetPInvokeErrorMessage(error)}); free memory, or raise the limits (ulimit -n, ulimit -u)");
    }

    /// <summary>
    /// On a thread of its own, which gives up its rights first: they are a thread's, and what it starts has none from its first instruction
    /// on. That one ends with the thread (PR_SET_PDEATHSIG), which therefore waits for it. Returns errno.
    /// </summary>
    private int TryStart(StartMessage greeting, SafeFileHandle archive, ulong keep, out SafeFileHandle? socket)
    {
        SafeFileHandle? end = null;
        int error = 0;
        using var isStarted = new ManualResetEventSlim();
        var thread = new Thread(
            () =>
            {
                _ = LibC.LowerCapabilities(keep);
                _ = LibC.ProcessControl(LibC.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                StartedProcess? process = null;
                lock (_gate)
                {
                    int id = _ended ? 0 : ProgramImage.Start(greeting, [ArchiveDecoder.Name], out end, archive);
                    error = Marshal.GetLastPInvokeError();
                    process = _process = id > 0 ? new StartedProcess(id) : null;
                }

                isStarted.Set();
                _ = process?.WaitForEnd();
            },
            128 << 10)
        { IsBackground = true };
        thread.Start();
        isStarted.Wait();
        socket = end;
        return error;
    }

    private SafeFileHandle Receive(DecoderSocket socket, string path, BuildOptions options, out string release)
    {
        bool hasBegun = false;
        while (socket.TryReceive(out MessageKind kind, out ReadOnlySpan<byte> text, out SafeFileHandle? file))
        {
            switch (kind)
            {
                case MessageKind.Made when file is not null && MemoryFile.IsSealed(file):
                    Collections += (int)DecoderSocket.TakeNumber(ref text);
                    release = PathText.FromBytes(text);
                    return file;
                case MessageKind.Kept when !hasBegun:
                    hasBegun = true;
                    CheckKept(Encoding.UTF8.GetString(text), path);
                    ProgramText.GiveBack(); // now it waits, at the time when most memory is needed
                    break;
                case MessageKind.Warnings:
                    foreach (string line in PathText.FromBytes(text).Split('\n'))
                    {
                        options.Warn(line);
                    }

                    break;
                case MessageKind.Progress:
                    options.Facts?.Tell(
                        DecoderSocket.TakeNumber(ref text), DecoderSocket.TakeNumber(ref text), TimeSpan.FromTicks(DecoderSocket.TakeNumber(ref text)));
                    break;
                case MessageKind.Configurations when options.View is KbuildView:
                    SendConfigurations(socket, PathText.FromBytes(text));
                    break;
                case MessageKind.Failure:
                    throw DecoderFailure.OfMessage(text, path);
                default:
                    break; // nothing that it may say now
            }

            file?.Dispose();
        }

        throw Ended(path);
    }

    private void CheckKept(string kept, string path)
    {
        if (kept.Length == 0)
        {
            return;
        }

        if (policy is SandboxPolicy.On)
        {
            throw new ProgramException(ExitCode.System, $"-o sandbox=on: the process that reads {path} cannot give up {kept}; mount with sandbox=auto");
        }

        warn($"{path}: sandbox: the process that reads it cannot give up {kept}");
    }

    private void SendConfigurations(DecoderSocket socket, string release)
    {
        foreach ((string path, SafeFileHandle file) in KernelConfig.Open(release, places()))
        {
            using (file)
            {
                _ = socket.Send(MessageKind.Configuration, PathText.GetBytes(path), file);
            }
        }

        _ = socket.Send(MessageKind.End, default(ReadOnlySpan<byte>));
    }

    private ProgramException Ended(string path)
    {
        StartedProcess? process;
        lock (_gate)
        {
            process = _process;
        }

        return DecoderFailure.OfEnd(process?.Kill() ?? ChildStatus.Unknown, path);
    }
}
