using System.Globalization;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>Descriptors that this process was started with.</summary>
internal static class InheritedDescriptors
{
    private const int StandardError = 2;

    /// <summary>
    /// Closes those above the standard streams but for <paramref name="ours"/>: a caller that waits for the end of a pipe must not wait
    /// for a server. What is needed is not for a process that it starts in turn.
    /// </summary>
    internal static void CloseAllBut(int ours)
    {
        // What is not close-on-exec has been inherited.
        foreach (int descriptor in All())
        {
            int flags = LibC.Control(descriptor, LibC.F_GETFD, 0);
            if (flags < 0 || (flags & LibC.FD_CLOEXEC) != 0 || descriptor <= StandardError)
            {
                continue;
            }

            _ = descriptor == ours ? LibC.Control(descriptor, LibC.F_SETFD, LibC.FD_CLOEXEC) : LibC.Close(descriptor);
        }
    }

    /// <summary>
    /// Not by way of System.IO, which calls stat(2) for each: of a copy of our mount that is a request to ourselves, which nobody
    /// answers yet.
    /// </summary>
    private static unsafe List<int> All()
    {
        const int size = 4096;
        byte* buffer = stackalloc byte[size];
        using SafeFileHandle directory = LibC.Open("/proc/self/fd", LibC.O_DIRECTORY | LibC.O_CLOEXEC);
        var descriptors = new List<int>();
        nint length;
        while ((length = LibC.GetDirectoryEntries(directory, buffer, size)) > 0)
        {
            foreach (ReadOnlySpan<byte> name in new DirectoryRecords(new ReadOnlySpan<byte>(buffer, (int)length)))
            {
                descriptors.Add(int.Parse(name, NumberStyles.None, CultureInfo.InvariantCulture));
            }
        }

        return descriptors;
    }
}
