using System.Runtime.InteropServices;
using KHeadersFs.Interop;

namespace KHeadersFs.Sandbox;

/// <summary>
/// The lists of <see cref="SystemCalls"/> as filters of seccomp(2), for all threads of the process and all that they start. What is not in it
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
    private const uint ENOSYS = 38;
    private const uint AF_UNIX = 1;

    /// <summary>clone(2): the new one is a thread and no process.</summary>
    private const uint CLONE_THREAD = 0x10000;

    /// <summary>EBADFD, which no call of the kernel's answers to vhangup(2).</summary>
    private const int Signature = 77;

    // linux/bpf_common.h: BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JSET | BPF_K, BPF_RET | BPF_K.
    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort JumpIfSet = 0x45;
    private const ushort Return = 0x06;

    // struct seccomp_data of linux/seccomp.h.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgumentOffset = 16;
    private const uint ArgumentSize = 8;

    /// <summary>O_WRONLY, O_RDWR, O_CREAT and O_TRUNC, the same on both architectures.</summary>
    private const uint OpenToWrite = 1 | 2 | 0x40 | 0x200;

    /// <summary>Whether this process has it already, from the one that has started it.</summary>
    internal static bool IsInherited => LibC.SystemCall((nint)SystemCalls.Sign, 0, 0, 0) < 0 && Marshal.GetLastPInvokeError() == Signature;

    /// <summary>
    /// Sets that of a server; false with errno set. no_new_privs is on already. It opens nothing to write to, signals nobody but itself, starts
    /// nothing but threads, and executes nothing but the program whose path stands at <paramref name="program"/>.
    /// </summary>
    /// <param name="program">The address of the program's path; 0 for none. Not the text: a filter sees no memory.</param>
    internal static bool TrySetForServer(nuint program) => TrySet(
    [
        .. Allow(SystemCalls.OfServer),
        new Instruction(JumpIfEqual, SystemCalls.Sign, IfFalse: 1),
        new Instruction(Return, SECCOMP_RET_ERRNO | Signature),
        .. AllowIfFirst(SystemCalls.Socket, JumpIfEqual, AF_UNIX),
        .. RefuseIf(SystemCalls.Open, argument: 2, JumpIfSet, OpenToWrite),
        .. ThreadsAlone(),
        .. program > 0 ? AllowIfAddress(SystemCalls.Execute, program) : [],
        new Instruction(Return, SECCOMP_RET_ERRNO | EPERM),
    ]);

    /// <summary>
    /// Sets that of who decodes; false with errno set. It opens nothing, starts nothing but threads, and signals nobody but itself.
    /// </summary>
    internal static bool TrySetForDecoder() => TrySet(
    [
        .. Allow(SystemCalls.OfDecoder),
        .. ThreadsAlone(),
        new Instruction(Return, SECCOMP_RET_ERRNO | EPERM),
    ]);

    private static bool TrySet(Instruction[] program)
    {
        fixed (Instruction* first = program)
        {
            var filter = new FilterProgram { Length = (ushort)program.Length, Instructions = first };
            return LibC.SystemCall(LibC.SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, (nint)(&filter)) == 0;
        }
    }

    /// <summary>The beginning of a filter; then the call's number is at hand.</summary>
    private static IEnumerable<Instruction> Allow(IEnumerable<uint> numbers)
    {
        yield return new Instruction(Load, ArchitectureOffset);
        yield return new Instruction(JumpIfEqual, SystemCalls.Architecture, IfTrue: 1);
        yield return new Instruction(Return, SECCOMP_RET_KILL_PROCESS); // 32 bits, with other numbers: nobody here is
        yield return new Instruction(Load, NumberOffset);
        foreach (uint number in numbers)
        {
            yield return new Instruction(JumpIfEqual, number, IfFalse: 1);
            yield return new Instruction(Return, SECCOMP_RET_ALLOW);
        }
    }

    /// <summary>
    /// New threads, signals to this process's own, and its own limits. C libraries that know clone3(2), whose flags no filter sees, take clone(2) where
    /// that is missing.
    /// </summary>
    private static IEnumerable<Instruction> ThreadsAlone() =>
    [
        new Instruction(JumpIfEqual, SystemCalls.Clone3, IfFalse: 1),
        new Instruction(Return, SECCOMP_RET_ERRNO | ENOSYS),
        .. AllowIfFirst(SystemCalls.Clone, JumpIfSet, CLONE_THREAD),
        .. AllowIfFirst(SystemCalls.SignalThread, JumpIfEqual, (uint)Environment.ProcessId),
        .. AllowIfFirst(SystemCalls.ResourceLimit, JumpIfEqual, 0), // this process
    ];

    /// <summary>Allows one call unless the lower half of an argument, counted from 0, compares so.</summary>
    private static IEnumerable<Instruction> RefuseIf(uint number, uint argument, ushort comparison, uint operand) =>
    [
        new Instruction(JumpIfEqual, number, IfFalse: 4),
        new Instruction(Load, FirstArgumentOffset + (argument * ArgumentSize)),
        new Instruction(comparison, operand, IfFalse: 1),
        new Instruction(Return, SECCOMP_RET_ERRNO | EPERM),
        new Instruction(Return, SECCOMP_RET_ALLOW),
    ];

    /// <summary>Allows one call if its first argument is an address.</summary>
    private static IEnumerable<Instruction> AllowIfAddress(uint number, nuint address) =>
    [
        new Instruction(JumpIfEqual, number, IfFalse: 6),
        new Instruction(Load, FirstArgumentOffset),
        new Instruction(JumpIfEqual, (uint)address, IfFalse: 3),
        new Instruction(Load, FirstArgumentOffset + (ArgumentSize / 2)),
        new Instruction(JumpIfEqual, (uint)(address >> 32), IfFalse: 1),
        new Instruction(Return, SECCOMP_RET_ALLOW),
        new Instruction(Return, SECCOMP_RET_ERRNO | EPERM),
    ];

    /// <summary>Allows one call by the lower half of its first argument.</summary>
    private static IEnumerable<Instruction> AllowIfFirst(uint number, ushort comparison, uint operand) =>
    [
        new Instruction(JumpIfEqual, number, IfFalse: 4),
        new Instruction(Load, FirstArgumentOffset),
        new Instruction(comparison, operand, IfFalse: 1),
        new Instruction(Return, SECCOMP_RET_ALLOW),
        new Instruction(Return, SECCOMP_RET_ERRNO | EPERM),
    ];

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
