using System.Text;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Elf;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Views;
using KHeadersFs.Archive.Xz;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sandbox;
using KHeadersFs.Serving;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Decoding;

/// <summary>
/// The process that decodes an archive which may be anybody's, for a <see cref="DecoderProcess"/>. It has the archive and the socket, and no
/// right to anything else.
/// </summary>
internal sealed class ArchiveDecoder
{
    /// <summary>What the kernel calls the process (/proc/PID/comm): 15 letters at most.</summary>
    internal const string Name = "kheadersfs-read";

    private const int ProgressMilliseconds = 100;

    private readonly DecoderRequest _request;
    private readonly DecoderSocket _socket;
    private readonly List<byte> _warnings = [];

    private ArchiveDecoder(DecoderRequest request, DecoderSocket socket) => (_request, _socket) = (request, socket);

    /// <summary>Answers with a store, or says why there is none.</summary>
    internal static void Run(StartMessage start)
    {
        // Nobody waits for this process any more when that one has ended.
        _ = LibC.ProcessControl(LibC.PR_SET_PDEATHSIG, LibC.SIGKILL);
        _ = LibC.ProcessControl(LibC.PR_SET_NAME, Name);
        _ = LibC.Control(StartMessage.Archive, LibC.F_SETFD, LibC.FD_CLOEXEC);
        InheritedDescriptors.CloseAllBut(start.Number);
        using var socket = new DecoderSocket(new SafeFileHandle(start.Number, ownsHandle: true));
        new ArchiveDecoder(DecoderRequest.Parse(start.Text), socket).Run(new SafeFileHandle(StartMessage.Archive, ownsHandle: true));
    }

    private void Run(SafeFileHandle archive)
    {
        try
        {
            ProgramText.GiveBack();
            _ = _socket.Send(MessageKind.Kept, Encoding.UTF8.GetBytes(DecoderSandbox.Enter(_request.Limits)));
            bool isStore = _request.Task is not DecoderTask.TakeArchive;
            using SafeFileHandle made = isStore ? Build(archive) : Copy(archive);
            FlushWarnings();
            _ = _socket.Send(MessageKind.Made, [GC.CollectionCount(0)], isStore ? ReleaseOf(made) : [], made);
        }
#pragma warning disable CA1031 // As in Program: whatever it is, it is told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FlushWarnings();
            Fail(e);
        }
    }

    private SafeFileHandle Build(SafeFileHandle archive)
    {
        ArchiveFacts? facts = _request.IsFollowed ? new ArchiveFacts() : null;
        using var ended = new ManualResetEventSlim();
        if (facts is not null)
        {
            new Thread(() => Follow(facts, ended), 128 << 10) { IsBackground = true }.Start();
        }

        var options = new BuildOptions(_request.Limits, Warn, Facts: facts, View: View(), UnderWay: ProgramText.GiveBack);
        try
        {
            if (_request.Task is DecoderTask.BuildStore)
            {
                return StoreBuilder.Build(archive, options);
            }

            using ArchiveSpool taken = Take(archive);
            return StoreBuilder.Build(taken, options);
        }
        finally
        {
            ended.Set();
        }
    }

    private SafeFileHandle Copy(SafeFileHandle module)
    {
        using ArchiveSpool taken = Take(module);
        return taken.ToFile();
    }

    private ArchiveSpool Take(SafeFileHandle module)
    {
        try
        {
            return ModuleFile.TakeArchive(module, _request.Limits);
        }
        catch (ArchiveException e)
        {
            throw new ProgramException(ExitCode.MountFailure, e.Message, e);
        }
    }

    private ArchiveView? View() => _request.View switch
    {
        ViewKind.Uapi => new UapiView(),
        ViewKind.Kbuild => new KbuildView(Configurations),
        _ => null,
    };

    /// <summary>Whoever waits opens them: here nothing can be.</summary>
    private List<(string Path, byte[] Text)> Configurations(string release)
    {
        var all = new List<(string Path, byte[] Text)>();
        _ = _socket.Send(MessageKind.Configurations, PathText.GetBytes(release));
        while (_socket.TryReceive(out MessageKind kind, out ReadOnlySpan<byte> text, out SafeFileHandle? file) && kind is MessageKind.Configuration)
        {
            string path = PathText.FromBytes(text);
            using (file)
            {
                if (file is not null && KernelConfig.TryRead(path, file) is { Length: > 0 } configuration)
                {
                    all.Add((path, configuration));
                }
            }
        }

        return all;
    }

    private static byte[] ReleaseOf(SafeFileHandle file)
    {
        // The descriptor is still to be sent.
        using HeaderStore store = HeaderStore.Open(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false));
        return PathText.GetBytes(StoredRelease.Of(store) ?? "");
    }

    private void Follow(ArchiveFacts facts, ManualResetEventSlim ended)
    {
        try
        {
            while (!ended.Wait(ProgressMilliseconds))
            {
                (long done, long expected, TimeSpan elapsed) = facts.Progress;
                _ = _socket.Send(MessageKind.Progress, [done, expected, elapsed.Ticks]);
            }
        }
        catch (ObjectDisposedException)
        {
            // The end has come.
        }
    }

    private void Warn(string line)
    {
        byte[] bytes = PathText.GetBytes(line);
        if (_warnings.Count + 1 + bytes.Length > DecoderSocket.LargestText)
        {
            FlushWarnings();
        }

        if (_warnings.Count > 0)
        {
            _warnings.Add((byte)'\n');
        }

        _warnings.AddRange(bytes);
    }

    private void FlushWarnings()
    {
        if (_warnings.Count > 0)
        {
            _ = _socket.Send(MessageKind.Warnings, [.. _warnings]);
            _warnings.Clear();
        }
    }

    private void Fail(Exception exception)
    {
        (FailureKind kind, int number, string text) = exception switch
        {
            ArchiveException => (FailureKind.Archive, 0, exception.Message),
            ProgramException => (FailureKind.Module, 0, exception.Message),
            PosixException failure => (FailureKind.System, failure.Errno, failure.Subject),
            IOException => (FailureKind.System, exception.HResult, exception.Message),
            OutOfMemoryException or ThreadStartException => (FailureKind.Memory, 0, exception.Message),
            _ => (FailureKind.Fault, 0, Failure.Of(exception).Message),
        };
        _ = _socket.Send(MessageKind.Failure, [(long)kind, number], PathText.GetBytes(text));
    }
}
