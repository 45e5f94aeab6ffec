using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Commands;

/// <summary>The process that looks at mounts for a <see cref="LookerProcess"/>, and may hang on those that do not answer.</summary>
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

    /// <summary>Sends the errno with which the server of a mount answers, as a number.</summary>
    /// <param name="place">A path that leads to the mount.</param>
    internal static void AnswerWhetherAlive(string place) =>
        Answer(() => new CommandResult(ExitCode.Success, ((int)StatFs(place)).ToString(CultureInfo.InvariantCulture), ""));

    /// <summary>
    /// The errno of statfs(2), which the kernel passes on each time and waits for the server for as long as that takes; none for an answer.
    /// EACCES for who may not enter: the kernel then does not ask and succeeds, with zeros (fs/fuse/inode.c: fuse_statfs), also of what a
    /// server would never say.
    /// </summary>
    internal static Errno StatFs(string place)
    {
        const int BlockSize = 1; // f_bsize of struct statfs, counted in its members of 8 bytes
        long* result = stackalloc long[32];
        return LibC.StatFs(place, (byte*)result) < 0 ? (Errno)Marshal.GetLastPInvokeError()
            : result[BlockSize] == 0 ? Errno.EACCES
            : Errno.None;
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
