using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
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
internal sealed class Successor(FuseDevice device, SafeFileHandle store, SessionJournal journal, MountSettings settings, Log log)
{
    /// <summary>What it gets: device, store and journal.</summary>
    internal const int Descriptors = 3;

    /// <summary>Not /proc/self/exe, which is this program for ever. Asked for before its file can have been replaced.</summary>
    private readonly string _program = Environment.ProcessPath ?? "kheadersfs";

    /// <summary>The service manager has been given the descriptors.</summary>
    internal bool IsKept { get; private set; }

    /// <summary>Tells the service manager that the service is up; <paramref name="keep"/>: gives it the descriptors, which it has not yet.</summary>
    internal void Announce(bool keep)
    {
        // Of a server in the background it would take nothing: that is not its main process.
        IsKept = settings.Foreground && (keep ? DescriptorStore.Keep(device, store, journal) : ServiceManager.IsThere);
        ServiceManager.NotifyReady();
    }

    /// <summary>There is not to be one: the mount ends.</summary>
    internal void Forget()
    {
        if (IsKept)
        {
            DescriptorStore.Drop();
        }
    }

    /// <summary>Starts it in the place of this process. Returns only when that fails; then this server serves on.</summary>
    internal void Start()
    {
        if (settings.ServerUser is not null)
        {
            log.Write(LogLevel.Warning, $"{settings.Directory}: with -o setuid no other version can take over; this one serves on");
            return;
        }

        using var socket = DescriptorSocket.Create();
        using var inherited = new SafeFileHandle(LibC.Control(Number(socket.ChildEnd!), LibC.F_DUPFD, ChildProcess.Streams), ownsHandle: true);
        using var argv = new NativeStrings(ProcessText.Arguments(Environment.GetCommandLineArgs()));
        using var envp = new NativeStrings(Variables(inherited));
        if (!inherited.IsInvalid
            && socket.SendBytes(new StartMessage(ImageRole.Server, "").ToBytes())
            && socket.Send(Number(device), Number(store), Number(journal.Descriptor)))
        {
            _ = ServiceManager.Notify("RELOADING=1");
            Execute(argv, envp);
        }

        log.Write(LogLevel.Error, $"{_program}: cannot be started ({Marshal.GetLastPInvokeErrorMessage()}); this version serves on");
        ServiceManager.NotifyReady();
    }

    private unsafe void Execute(NativeStrings argv, NativeStrings envp)
    {
        SignalMask.Block();
        _ = LibC.Execute(_program, argv.Pointer, envp.Pointer);
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
