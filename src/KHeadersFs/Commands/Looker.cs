using System.Runtime.InteropServices;
using System.Text;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Commands;

/// <summary>The process that looks at mounts for a <see cref="LookerProcess"/>, and may hang on one that does not answer.</summary>
internal static unsafe class Looker
{
    /// <summary>Bytes of a message at most. A socket holds several.</summary>
    internal const int ChunkSize = 16 * 1024;

    /// <summary>Sends what <paramref name="command"/> finds out, or how it fails.</summary>
    internal static void Answer(Func<CommandResult> command)
    {
        // Nobody waits for this process any more when that one has ended.
        _ = LibC.ProcessControl(LibC.PR_SET_PDEATHSIG, LibC.SIGKILL);
        using var socket = new SafeFileHandle(StartMessage.Socket, ownsHandle: true);
        CommandResult result = Run(command);
        byte[] output = Encoding.UTF8.GetBytes(result.Output);
        byte[] error = PathText.GetBytes(result.Error);
        var header = new Header { Code = (int)result.Code, OutputLength = output.Length, ErrorLength = error.Length };
        byte[] message = [.. MemoryMarshal.AsBytes(new ReadOnlySpan<Header>(in header)), .. output, .. error];
        for (int sent = 0; sent < message.Length; sent += ChunkSize)
        {
            ReadOnlySpan<byte> chunk = message.AsSpan(sent, Math.Min(ChunkSize, message.Length - sent));
            fixed (byte* bytes = chunk)
            {
                if (LibC.Send(socket, bytes, (nuint)chunk.Length, LibC.MSG_NOSIGNAL) < 0)
                {
                    return;
                }
            }
        }
    }

    private static CommandResult Run(Func<CommandResult> command)
    {
        try
        {
            return command();
        }
#pragma warning disable CA1031 // As in Program: whatever it is, it is told.
        catch (Exception e)
#pragma warning restore CA1031
        {
            (ExitCode code, string message) = Failure.Of(e);
            return new CommandResult(code, "", message);
        }
    }

    /// <summary>Begins the answer; output and error follow.</summary>
    internal struct Header
    {
        internal int Code;
        internal int OutputLength;
        internal int ErrorLength;
    }
}
