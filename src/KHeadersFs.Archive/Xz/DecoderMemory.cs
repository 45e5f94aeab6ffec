using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Where liblzma's decoders take their memory from. The pages of a dictionary, 8 MiB for a kernel's archive, are made at once
/// (<see cref="PageRange.Populate"/>), and huge ones where there are: it is no larger than what is decoded, so all of it is
/// written, and read again all over the place.
/// </summary>
internal static unsafe class DecoderMemory
{
    /// <summary>What is smaller, in bytes, comes from memory that the process has used before.</summary>
    private const nuint Large = 64 << 10;

    /// <summary>So much is made at once, in bytes; a damaged or spiteful archive asks for more than it has use for.</summary>
    private const nuint MostAtOnce = 16 << 20;

    /// <summary>The size in bytes of a huge page on x86-64 and, with pages of 4 KiB, on arm64.</summary>
    private const nuint HugePage = 2 << 20;

    /// <summary>For lzma_stream.allocator; never freed.</summary>
    internal static LibLzma.Allocator* Allocator { get; } = Make();

    private static LibLzma.Allocator* Make()
    {
        var allocator = (LibLzma.Allocator*)NativeMemory.Alloc((nuint)sizeof(LibLzma.Allocator));
        *allocator = new LibLzma.Allocator { Alloc = &Allocate, Free = &Free };
        return allocator;
    }

    [UnmanagedCallersOnly]
    private static void* Allocate(void* opaque, nuint count, nuint size)
    {
        // liblzma's count is always 1 (lzma/base.h).
        if (count != 0 && size > nuint.MaxValue / count)
        {
            return null;
        }

        nuint length = count * size;
        if (length < Large)
        {
            return LibC.Allocate(length);
        }

        void* memory = LibC.AllocateAligned(length < HugePage ? (nuint)Environment.SystemPageSize : HugePage, length);
        if (memory != null)
        {
            _ = LibC.Advise(memory, length, LibC.MADV_HUGEPAGE);
            PageRange.Populate(memory, Math.Min(length, MostAtOnce));
        }

        return memory;
    }

    [UnmanagedCallersOnly]
    private static void Free(void* opaque, void* memory) => LibC.Free(memory);
}
