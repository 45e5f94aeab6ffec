using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// The machine code and the constants of this program in memory. Most of what a process has mapped of them, 4 MB, it needed once at its start;
/// the kernel maps 64 KiB around each page that is needed (mm/memory.c: fault_around_bytes). Among the constants the runtime has written a
/// value that guards the stack: pages that are not as in the file stay. The program is linked with -z separate-code.
/// </summary>
internal static unsafe class ProgramText
{
    // getauxval(3), elf(5): 64-bit ELF.
    private const nuint AtProgramHeaders = 3; // AT_PHDR
    private const nuint AtHeaderCount = 5; // AT_PHNUM
    private const uint Load = 1; // PT_LOAD
    private const uint Execute = 1; // PF_X
    private const uint Write = 2; // PF_W

    // Documentation/admin-guide/mm/pagemap.rst of Linux: what the 8 bytes of each page say.
    private const string PageMap = "/proc/self/pagemap";
    private const ulong IsPresent = 1UL << 63;
    private const ulong IsSwapped = 1UL << 62;
    private const ulong IsOfFile = 1UL << 61;

    /// <summary>Found once: later a process may not open anything any more.</summary>
    private static List<(nuint Start, nuint Length)>? s_ranges;

    /// <summary>Gives their pages back; those that are still needed come again from the file, 64 KiB at a time. It only saves memory.</summary>
    internal static void GiveBack()
    {
        foreach ((nuint start, nuint length) in s_ranges ??= Find())
        {
            _ = LibC.Advise(start, length, LibC.MADV_DONTNEED);
        }
    }

    private static List<(nuint Start, nuint Length)> Find()
    {
        var headers = (ProgramHeader*)LibC.AuxiliaryValue(AtProgramHeaders);
        int count = headers is null ? 0 : (int)LibC.AuxiliaryValue(AtHeaderCount);
        using SafeFileHandle? map = PosixFile.TryOpen(PageMap);
        var ranges = new List<(nuint Start, nuint Length)>();

        // They are in the first page of the file, which the first segment begins with.
        nuint page = (nuint)Environment.SystemPageSize;
        nuint start = (nuint)headers & ~(page - 1);
        foreach (ref readonly ProgramHeader header in new ReadOnlySpan<ProgramHeader>(headers, count))
        {
            if (header.Type != Load || (header.Flags & Write) != 0 || header.Offset == 0) // 0: the ELF header, and what the linker needs
            {
                continue;
            }

            nuint first = (start + (nuint)header.Address) & ~(page - 1);
            nuint length = start + (nuint)(header.Address + header.Size) - first;
            if ((header.Flags & Execute) != 0)
            {
                ranges.Add((first, length));
            }
            else if (map is not null)
            {
                AddUnchanged(ranges, map, first, length / page, page);
            }
        }

        return ranges;
    }

    /// <summary>Adds the pages that are as in the file, or not in memory.</summary>
    private static void AddUnchanged(List<(nuint Start, nuint Length)> ranges, SafeFileHandle map, nuint first, nuint pages, nuint page)
    {
        ulong[] states = new ulong[(int)pages];
        int known = RandomAccess.Read(map, MemoryMarshal.AsBytes(states.AsSpan()), (long)(first / page * sizeof(ulong))) / sizeof(ulong);
        int begin = 0;
        for (int i = 0; i <= known; i++)
        {
            if (i < known && ((states[i] & (IsPresent | IsSwapped)) == 0 || (states[i] & IsOfFile) != 0))
            {
                continue;
            }

            if (i > begin)
            {
                ranges.Add((first + ((nuint)begin * page), (nuint)(i - begin) * page));
            }

            begin = i + 1;
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
