using System.Runtime.InteropServices;
using KHeadersFs.Interop;

namespace KHeadersFs.Sandbox;

/// <summary>
/// The list of <see cref="SystemCalls"/> as a filter of seccomp(2), for all threads of the process and all that they start. What is not in it
/// fails with EPERM: a mount that is served on is worth more than the end of what has done wrong.
/// </summary>
internal static unsafe class SystemCallFilter
{
    private const nint SECCOMP_SET_MODE_FILTER = 1;
    private const nint SECCOMP_FILTER_FLAG_TSYNC = 1;
    private const uint SECCOMP_RET_ALLOW = 0x7FFF0000;
    private const uint SECCOMP_RET_ERRNO = 0x00050000;
    private const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    private const uint EPERM = 1;
    private const uint AF_UNIX = 1;

    /// <summary>EBADFD, which no call of the kernel's answers to vhangup(2).</summary>
    private const int Signature = 77;

    // linux/bpf_common.h: BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_RET | BPF_K.
    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;

    // struct seccomp_data of linux/seccomp.h.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgumentOffset = 16;

    /// <summary>Whether this process has it already, from the one that has started it.</summary>
    internal static bool IsInherited => LibC.SystemCall((nint)SystemCalls.Sign, 0, 0, 0) < 0 && Marshal.GetLastPInvokeError() == Signature;

    /// <summary>Sets it; false with errno set. no_new_privs is on already.</summary>
    internal static bool TrySet()
    {
        Instruction[] program = [.. Program()];
        fixed (Instruction* first = program)
        {
            var filter = new FilterProgram { Length = (ushort)program.Length, Instructions = first };
            return LibC.SystemCall(LibC.SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (nint)(&filter)) == 0;
        }
    }

    private static IEnumerable<Instruction> Program()
    {
        yield return new Instruction(Load, ArchitectureOffset);
        yield return new Instruction(JumpIfEqual, SystemCalls.Architecture, IfTrue: 1);
        yield return new Instruction(Return, SECCOMP_RET_KILL_PROCESS); // 32 bits, with other numbers: nobody here is
        yield return new Instruction(Load, NumberOffset);
        foreach (uint number in SystemCalls.Allowed)
        {
            yield return new Instruction(JumpIfEqual, number, IfFalse: 1);
            yield return new Instruction(Return, SECCOMP_RET_ALLOW);
        }

        yield return new Instruction(JumpIfEqual, SystemCalls.Sign, IfFalse: 1);
        yield return new Instruction(Return, SECCOMP_RET_ERRNO | Signature);
        yield return new Instruction(JumpIfEqual, SystemCalls.Socket, IfFalse: 3);
        yield return new Instruction(Load, FirstArgumentOffset);
        yield return new Instruction(JumpIfEqual, AF_UNIX, IfFalse: 1);
        yield return new Instruction(Return, SECCOMP_RET_ALLOW);
        yield return new Instruction(Return, SECCOMP_RET_ERRNO | EPERM);
    }

    /// <summary>struct sock_filter of linux/filter.h, 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand)
    {
        internal Instruction(ushort code, uint operand, byte IfTrue = 0, byte IfFalse = 0)
            : this(code, IfTrue, IfFalse, operand)
        {
        }
    }

    /// <summary>struct sock_fprog of linux/filter.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        internal ushort Length;
        internal Instruction* Instructions;
    }
}
