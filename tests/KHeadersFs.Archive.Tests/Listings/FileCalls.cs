using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

/// <summary>Calls of libc whose names are bytes: System.IO takes only those that are UTF-8. Text is Latin-1.</summary>
internal static partial class FileCalls
{
    private const int AtCurrentDirectory = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const int WriteOnlyCreate = 0x1 | 0x40 | 0x80000; // O_WRONLY | O_CREAT | O_CLOEXEC

    internal static void MakeDirectory(string path) => Check(mkdir(Bytes(path), 0x1ED), path);

    internal static void MakeSymlink(string path, string target) => Check(symlink(Bytes(target), Bytes(path)), path);

    internal static void MakeHardLink(string path, string existing) => Check(link(Bytes(existing), Bytes(path)), path);

    internal static void WriteFile(string path, byte[] content, bool executable)
    {
        int descriptor = open(Bytes(path), WriteOnlyCreate, executable ? 0x1EDu : 0x1A4u);
        Check(descriptor, path);
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.Write(file, content, 0);
    }

    internal static void SetTime(string path, long seconds, uint nanoseconds)
    {
        long[] times = [seconds, nanoseconds, seconds, nanoseconds]; // struct timespec of 64-bit Linux, access and modification
        Check(utimensat(AtCurrentDirectory, Bytes(path), times, AtSymlinkNoFollow), path);
    }

    private static byte[] Bytes(string path) => Encoding.Latin1.GetBytes(path + "\0");

    private static void Check(int result, string path)
    {
        if (result < 0)
        {
            throw new IOException($"{ListedNode.Show(path)}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdir(byte[] path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int symlink(byte[] target, byte[] path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int link(byte[] existing, byte[] path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte[] path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int utimensat(int directory, byte[] path, long[] times, int flags);
}
