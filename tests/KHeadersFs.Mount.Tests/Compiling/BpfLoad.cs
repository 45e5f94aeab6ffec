using System.Runtime.InteropServices;
using System.Text;

namespace KHeadersFs.Mount.Tests;

/// <summary>Has the kernel check and take a program: bpf(2), BPF_PROG_LOAD.</summary>
internal static unsafe partial class BpfLoad
{
    private const int BPF_PROG_LOAD = 5;
    private const uint BPF_PROG_TYPE_SOCKET_FILTER = 1;
    private const int LogSize = 64 * 1024;
    private const int InstructionSize = 8;

    /// <summary>Loads a filter of sockets and lets it go.</summary>
    /// <returns>0, or the error number, and what the verifier has said.</returns>
    internal static (int Error, string Log) SocketFilter(ReadOnlySpan<byte> instructions)
    {
        byte[] log = new byte[LogSize];
        fixed (byte* code = instructions, license = "GPL\0"u8, text = log)
        {
            var request = new ProgramLoad
            {
                prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
                insn_cnt = (uint)(instructions.Length / InstructionSize),
                insns = (ulong)code,
                license = (ulong)license,
                log_level = 1,
                log_size = LogSize,
                log_buf = (ulong)text,
            };
            nint number = RuntimeInformation.OSArchitecture is Architecture.Arm64 ? 280 : 321;
            nint descriptor = syscall(number, BPF_PROG_LOAD, &request, (uint)sizeof(ProgramLoad));
            int error = descriptor < 0 ? Marshal.GetLastPInvokeError() : Mono.Unix.Native.Syscall.close((int)descriptor);
            return (error, Encoding.UTF8.GetString(log).TrimEnd('\0'));
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint command, ProgramLoad* request, nuint size);

    /// <summary>The start of union bpf_attr (linux/bpf.h): 40 bytes of those for BPF_PROG_LOAD.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgramLoad
    {
        internal uint prog_type;
        internal uint insn_cnt;
        internal ulong insns;
        internal ulong license;
        internal uint log_level;
        internal uint log_size;
        internal ulong log_buf;
    }
}
