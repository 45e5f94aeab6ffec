using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Commands;

/// <summary>
/// Looks at mounts in another image of the program, and waits for it for so long and no longer. A thread would not do: once a server has
/// read a request, whoever waits for the answer cannot even be killed (fs/fuse/dev.c: request_wait_answer), and the process does not end
/// before its thread does.
/// </summary>
internal static unsafe class LookerProcess
{
    /// <summary>What a busy machine may take, and less than those who ask for health wait in turn.</summary>
    internal const int PatienceMilliseconds = 5000;

    /// <summary>A command that asks several servers gives each that time, and then tells which of them hang.</summary>
    private const int CommandMilliseconds = PatienceMilliseconds + 500;

    /// <summary>What a killed process takes to end, unless something holds it.</summary>
    private const int KillMilliseconds = 500;

    /// <summary>Runs the program's own command line in the other process.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="subject">What is looked at, for the message.</param>
    /// <exception cref="ProgramException">It cannot be started, or does not answer.</exception>
    internal static CommandResult Run(IEnumerable<string> arguments, string subject) =>
        TryAsk(new StartMessage(ImageRole.Looker, ""), arguments, subject, CommandMilliseconds)
        ?? throw new ProgramException(ExitCode.NoAnswer, $"{subject}: {NoAnswer(subject)}");

    /// <summary>The errno with which the server of a mount answers, none if it is well; null when it does not answer.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="root">Its root, to be asked instead of whatever the path leads to.</param>
    /// <exception cref="ProgramException">The process cannot be started.</exception>
    internal static Errno? StatFs(string directory, SafeHandle? root = null)
    {
        string place = root is null ? directory : string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{StartMessage.Root}");
        ReadOnlySpan<SafeHandle> handed = root is null ? [] : [root];
        return TryAsk(new StartMessage(ImageRole.Asker, place), [], directory, PatienceMilliseconds, handed) is { } answer
            ? (Errno)int.Parse(answer.Output, CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>What an image of the program answers that has been started for something else; null when it does not answer in time.</summary>
    /// <param name="role">What it does, by <see cref="Looker.Answer"/>.</param>
    /// <param name="text">What it has to know.</param>
    /// <param name="subject">What is looked at, for the message.</param>
    /// <param name="milliseconds">How long it may take.</param>
    /// <exception cref="ProgramException">It cannot be started, or ends without an answer.</exception>
    internal static CommandResult? TryAsk(ImageRole role, string text, string subject, int milliseconds = PatienceMilliseconds) =>
        TryAsk(new StartMessage(role, text), [], subject, milliseconds);

    /// <summary>What is said of a mount whose server hangs, after its directory.</summary>
    internal static string NoAnswer(string directory) =>
        $"does not answer within {PatienceMilliseconds / 1000} s: its server hangs; kill it and umount -l {directory}";

    /// <summary>Null when no answer comes in time.</summary>
    private static CommandResult? TryAsk(
        StartMessage message, IEnumerable<string> arguments, string subject, int milliseconds, params ReadOnlySpan<SafeHandle> handed)
    {
        int process = ProgramImage.Start(message, ["kheadersfs", .. arguments], out SafeFileHandle? socket, handed);
        using SafeFileHandle ours = socket ?? throw NotStarted();
        byte[]? answer = Receive(ours, milliseconds);
        End(process);
        return answer is null ? null
            : TryParse(answer) ?? throw new ProgramException(ExitCode.System, $"{subject}: the process that looked at it ended without an answer; try again");
    }

    private static ProgramException NotStarted()
    {
        string reason = Marshal.GetLastPInvokeErrorMessage();
        return new ProgramException(
            ExitCode.System, $"cannot start the process that looks ({reason}); free memory, or raise the limits (ulimit -n, ulimit -u)");
    }

    /// <summary>
    /// It is not waited for in earnest: it may not end before what it looks at does, also when it has answered. But process 1 of a container
    /// would get what is not waited for, and does not ask for it.
    /// </summary>
    private static void End(int process)
    {
        _ = LibC.Kill(process, LibC.SIGKILL);
        var end = new Thread(() => ChildProcess.Wait(process)) { IsBackground = true };
        end.Start();
        _ = end.Join(KillMilliseconds);
    }

    /// <summary>All that comes until the other end is closed; null when that takes too long.</summary>
    private static byte[]? Receive(SafeFileHandle socket, int milliseconds)
    {
        var all = new List<byte>();
        byte[] chunk = new byte[Looker.ChunkSize];
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            int rest = milliseconds - (int)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            var poll = new LibC.PollFd { Descriptor = (int)socket.DangerousGetHandle(), Events = LibC.POLLIN };
            int ready = rest <= 0 ? 0 : LibC.Poll(&poll, 1, rest);
            if (ready == 0)
            {
                return null;
            }

            fixed (byte* bytes = chunk)
            {
                nint length = ready < 0 ? -1 : LibC.Receive(socket, bytes, (nuint)chunk.Length, LibC.MSG_DONTWAIT);
                if (length > 0)
                {
                    all.AddRange(chunk.AsSpan(0, (int)length));
                }
                else if (length == 0 || (Errno)Marshal.GetLastPInvokeError() is not (Errno.EINTR or Errno.EAGAIN))
                {
                    return [.. all];
                }
            }
        }
    }

    private static CommandResult? TryParse(ReadOnlySpan<byte> answer)
    {
        if (!MemoryMarshal.TryRead(answer, out Looker.Header header))
        {
            return null;
        }

        ReadOnlySpan<byte> text = answer[sizeof(Looker.Header)..];
        if (text.Length != header.OutputLength + header.ErrorLength)
        {
            return null;
        }

        string output = Encoding.UTF8.GetString(text[..header.OutputLength]);
        return new CommandResult((ExitCode)header.Code, output, PathText.FromBytes(text[header.OutputLength..]));
    }
}
