using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Serving;

/// <summary>
/// The path of the program that may take the place of a server, at an address that is always the same, and read-only. A filter of system calls sees
/// where a path stands and not what it says: so it can allow execve(2) for this path alone, in this image and in the one that takes over.
/// </summary>
/// <remarks>
/// Since Linux 6.10 nothing in the process can put another path there (mseal(2)). Before, whoever could run code in the server could: what they then
/// execute has no more rights than they have.
/// </remarks>
internal static unsafe class SealedPath
{
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_PRIVATE = 2;
    private const int MAP_ANONYMOUS = 0x20;
    private const int MAP_FIXED_NOREPLACE = 0x100000; // Linux 4.17; before, the address is a wish
    private const int SYS_mseal = 462;

    /// <summary>In the lower half of 39 bits, the smallest address space of arm64, where neither programs nor libraries, heaps or stacks are put.</summary>
    private const long Place = 0x10_4B48_0000;

    /// <summary>Puts the path there, once for each image.</summary>
    /// <returns>Where it stands, with a zero byte after it; null when the place is taken: then no other program can take over.</returns>
    internal static byte* TryPut(string path)
    {
        byte[] bytes = PathText.GetBytes(path);
        var length = (nuint)Environment.SystemPageSize;
        nint place = LibC.Map(unchecked((nuint)Place), length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (place != Place || bytes.Length >= Environment.SystemPageSize)
        {
            _ = place == -1 ? 0 : LibC.Unmap((nuint)place, length);
            return null;
        }

        Marshal.Copy(bytes, 0, place, bytes.Length);
        _ = LibC.Protect(unchecked((nuint)Place), length, PROT_READ);
        _ = LibC.SystemCall(SYS_mseal, place, (nint)length, 0);
        return (byte*)place;
    }
}
