using System.Runtime.InteropServices;
using KHeadersFs.Posix.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Posix;

/// <summary>A program that was started and whose complaints, on standard error, are wanted.</summary>
internal sealed unsafe class RunningProcess : IDisposable
{
    /// <summary>Bytes of complaints that are kept.</summary>
    private const int LongestComplaint = 4096;

    private readonly int _process;
    private readonly SafeFileHandle _complaints;

    private RunningProcess(int process, SafeFileHandle complaints)
    {
        _process = process;
        _complaints = complaints;
    }

    /// <summary>Starts it (<see cref="ChildProcess.Spawn(string, IEnumerable{string}, IEnumerable{string}, ReadOnlySpan{SafeHandle})"/>); null with errno set.</summary>
    internal static RunningProcess? TryStart(
        string program, IEnumerable<string> arguments, IEnumerable<string> variables, params ReadOnlySpan<SafeHandle> handed)
    {
        int* ends = stackalloc int[2];
        if (LibC.Pipe(ends, LibC.O_CLOEXEC) < 0)
        {
            return null;
        }

        var read = new SafeFileHandle(ends[0], ownsHandle: true);
        using var written = new SafeFileHandle(ends[1], ownsHandle: true);
        int process = ChildProcess.Spawn(program, arguments.Prepend(program), variables, written, ChildProcess.Streams, blocksSignals: false, handed);
        if (process > 0)
        {
            return new RunningProcess(process, read);
        }

        int errno = Marshal.GetLastPInvokeError();
        read.Dispose();
        Marshal.SetLastPInvokeError(errno);
        return null;
    }

    /// <summary>Waits for its end; what it wrote to standard error, on one line, is <paramref name="complaint"/>.</summary>
    /// <returns>As <see cref="ChildProcess.Wait"/>.</returns>
    internal int Finish(out string complaint)
    {
        byte[] said = new byte[LongestComplaint];
        Span<byte> rest = stackalloc byte[256];
        int total = 0;
        while (PosixFile.Read(_complaints, total < said.Length ? said.AsSpan(total) : rest) is int length and > 0)
        {
            total = Math.Min(total + length, said.Length);
        }

        complaint = PathText.FromBytes(said.AsSpan(0, total)).Trim().ReplaceLineEndings("; ");
        return ChildProcess.Wait(_process);
    }

    /// <inheritdoc/>
    public void Dispose() => _complaints.Dispose();
}
