using System.Runtime.InteropServices;
using KHeadersFs.Interop;

namespace KHeadersFs.Mounting;

/// <summary>
/// The machine code of this program in memory. Most of what a process has mapped of it, 2.5 MB, it needed once at its start; the kernel maps
/// 64 KiB around each page that is needed (mm/memory.c: fault_around_bytes). Not its constants, among which the runtime has written a value
/// that guards the stack. So the program is linked with -z separate-code, and a segment that holds more than code is left alone.
/// </summary>
internal static unsafe class ProgramText
{
    // getauxval(3), elf(5): 64-bit ELF.
    private const nuint AtProgramHeaders = 3; // AT_PHDR
    private const nuint AtHeaderCount = 5; // AT_PHNUM
    private const uint Load = 1; // PT_LOAD
    private const uint Execute = 1; // PF_X

    /// <summary>Gives its pages back; those that are still needed come again from the file, 64 KiB at a time. It only saves memory.</summary>
    internal static void GiveBack()
    {
        var headers = (ProgramHeader*)LibC.AuxiliaryValue(AtProgramHeaders);
        int count = headers is null ? 0 : (int)LibC.AuxiliaryValue(AtHeaderCount);

        // They are in the first page of the file, which the first segment begins with.
        nuint mask = (nuint)Environment.SystemPageSize - 1;
        nuint start = (nuint)headers & ~mask;
        foreach (ref readonly ProgramHeader header in new ReadOnlySpan<ProgramHeader>(headers, count))
        {
            if (header.Type == Load && (header.Flags & Execute) != 0 && header.Offset != 0) // 0: the ELF header, and constants with it
            {
                nuint first = (start + (nuint)header.Address) & ~mask;
                _ = LibC.Advise(first, start + (nuint)(header.Address + header.Size) - first, LibC.MADV_DONTNEED);
            }
        }
    }

    /// <summary>Elf64_Phdr of elf.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ProgramHeader
    {
        internal uint Type;
        internal uint Flags;
        internal ulong Offset;
        internal ulong Address;
        internal ulong PhysicalAddress;
        internal ulong FileSize;
        internal ulong Size;
        internal ulong Alignment;
    }
}
