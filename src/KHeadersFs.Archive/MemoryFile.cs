using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive;

/// <summary>Anonymous files in memory (memfd_create(2)): they vanish with their last descriptor, whatever happens.</summary>
public static class MemoryFile
{
    /// <summary>A new empty file in memory; <paramref name="name"/> shows in /proc/PID/fd only.</summary>
    internal static SafeFileHandle Create(string name)
    {
        SafeFileHandle file = LibC.CreateMemoryFile(name, LibC.MemoryFileFlags);
        if (file.IsInvalid)
        {
            int errno = Marshal.GetLastPInvokeError();
            file.Dispose();
            throw new IOException($"memfd_create: {Marshal.GetPInvokeErrorMessage(errno)}");
        }

        return file;
    }

    /// <summary>Whether nobody can change the file any more, whoever else holds it. False for any other file.</summary>
    public static bool IsSealed(SafeFileHandle file) => LibC.Control(file, LibC.GetSeals, 0) is >= 0 and int seals && (seals & LibC.AllSeals) == LibC.AllSeals;

    /// <summary>Makes the file immutable for everybody who holds it, this process included.</summary>
    internal static void Seal(SafeFileHandle file)
    {
        if (LibC.Control(file, LibC.AddSeals, LibC.AllSeals) < 0)
        {
            throw new IOException($"F_ADD_SEALS: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
