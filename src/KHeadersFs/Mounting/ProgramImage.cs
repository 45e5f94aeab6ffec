using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>This program, to be started once more.</summary>
internal static class ProgramImage
{
    /// <summary>The running program, also when its file has been replaced.</summary>
    internal const string Path = "/proc/self/exe";

    /// <summary>The stream that a process keeps which is started to serve, until the mount answers: for what it has to say.</summary>
    internal const int StandardError = 2;

    /// <summary>
    /// Starts it with our variables and /dev/null for its standard streams, but for those from number <paramref name="inherited"/> on,
    /// which are ours; <paramref name="handed"/> are what <see cref="StartMessage"/> gives numbers. The process id, or -1 with errno set.
    /// </summary>
    internal static int Spawn(IEnumerable<string> arguments, int inherited, params ReadOnlySpan<SafeHandle> handed) =>
        ChildProcess.Spawn(Path, arguments, ProcessText.Variables, null, inherited, blocksSignals: false, handed);

    /// <summary>
    /// Starts it for a role, with a socket whose messages have bounds (SOCK_SEQPACKET) between this process and that one. The process id,
    /// or -1 with errno set, and no socket.
    /// </summary>
    /// <param name="greeting">What for.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="socket">Our end.</param>
    /// <param name="handed">What it finds after the socket.</param>
    internal static unsafe int Start(StartMessage greeting, IEnumerable<string> arguments, out SafeFileHandle? socket, params ReadOnlySpan<SafeHandle> handed)
    {
        socket = null;
        if (!SocketPair.TryCreate(out SafeFileHandle ours, out SafeFileHandle end))
        {
            return -1;
        }

        using SafeFileHandle theirs = end;
        byte[] message = greeting.ToBytes();
        fixed (byte* bytes = message)
        {
            // Read one after the other, so they are two messages.
            _ = LibC.Send(ours, bytes, (nuint)StartMessage.HeaderLength, LibC.MSG_NOSIGNAL);
            _ = message.Length > StartMessage.HeaderLength
                && LibC.Send(ours, bytes + StartMessage.HeaderLength, (nuint)(message.Length - StartMessage.HeaderLength), LibC.MSG_NOSIGNAL) > 0;
        }

        int process = Spawn(arguments, ChildProcess.Streams, [theirs, .. handed]);
        if (process > 0)
        {
            socket = ours;
            return process;
        }

        int error = Marshal.GetLastPInvokeError();
        ours.Dispose();
        Marshal.SetLastPInvokeError(error);
        return -1;
    }

    /// <summary>Lets go of the last stream that a process started with <see cref="StandardError"/> has inherited.</summary>
    internal static void ReleaseStandardError()
    {
        using var nothing = new SafeFileHandle(0, ownsHandle: false); // as it was started
        _ = LibC.Duplicate(nothing, StandardError);
    }
}
