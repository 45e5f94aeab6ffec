using System.Runtime.InteropServices;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Interop;

/// <summary>The few calls to libc that the base class library has no equivalent of.</summary>
internal static unsafe partial class LibC
{
    /// <summary>MFD_CLOEXEC | MFD_ALLOW_SEALING (linux/memfd.h).</summary>
    internal const uint MemoryFileFlags = 0x1 | 0x2;

    /// <summary>F_ADD_SEALS (linux/fcntl.h).</summary>
    internal const int AddSeals = 1033;

    /// <summary>F_GET_SEALS (linux/fcntl.h); EINVAL for what has none.</summary>
    internal const int GetSeals = 1034;

    /// <summary>F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE (linux/fcntl.h).</summary>
    internal const int AllSeals = 0x1 | 0x2 | 0x4 | 0x8;

    /// <summary>MADV_DONTNEED (asm-generic/mman-common.h).</summary>
    internal const int MADV_DONTNEED = 4;

    /// <summary>MADV_HUGEPAGE (asm-generic/mman-common.h).</summary>
    internal const int MADV_HUGEPAGE = 14;

    /// <summary>MADV_POPULATE_WRITE (asm-generic/mman-common.h), since Linux 5.14; EINVAL before.</summary>
    internal const int MADV_POPULATE_WRITE = 23;

    /// <summary>PROT_READ (asm-generic/mman-common.h).</summary>
    internal const int PROT_READ = 1;

    /// <summary>MAP_SHARED (linux/mman.h).</summary>
    internal const int MAP_SHARED = 1;

    /// <summary>MAP_POPULATE (asm-generic/mman-common.h).</summary>
    internal const int MAP_POPULATE = 0x8000;

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial SafeFileHandle CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Control(SafeFileHandle file, int command, int argument);

    /// <summary>mmap(2); -1 when it fails.</summary>
    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial void* Map(void* start, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    internal static partial int Unmap(void* start, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    internal static partial int Advise(void* start, nuint length, int advice);

    /// <summary>malloc(3): unlike NativeMemory's, it returns null when memory has run out.</summary>
    [LibraryImport("libc", EntryPoint = "malloc")]
    internal static partial void* Allocate(nuint length);

    [LibraryImport("libc", EntryPoint = "aligned_alloc")]
    internal static partial void* AllocateAligned(nuint alignment, nuint length);

    [LibraryImport("libc", EntryPoint = "free")]
    internal static partial void Free(void* memory);

    /// <summary>LOCK_EX (asm-generic/fcntl.h).</summary>
    internal const int LOCK_EX = 2;

    /// <summary>LOCK_UN (asm-generic/fcntl.h).</summary>
    internal const int LOCK_UN = 8;

    /// <summary>LOCK_NB (asm-generic/fcntl.h).</summary>
    internal const int LOCK_NB = 4;

    /// <summary>EWOULDBLOCK (asm-generic/errno-base.h: EAGAIN).</summary>
    internal const int EWOULDBLOCK = 11;

    /// <summary>flock(2).</summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();
}
