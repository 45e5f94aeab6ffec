using System.Runtime.InteropServices;
using KHeadersFs.Posix.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Posix;

/// <summary>Directories by the bytes of their paths.</summary>
internal static unsafe class PosixDirectory
{
    private const int BufferSize = 4096;

    /// <summary>O_DIRECTORY for <see cref="PosixFile.Open"/>: whatever else it is, is not opened.</summary>
    internal static int Only => LibC.O_DIRECTORY;

    /// <summary>The working directory.</summary>
    /// <exception cref="PosixException">ENOENT: it has been removed.</exception>
    internal static string Current
    {
        get
        {
            byte* buffer = stackalloc byte[BufferSize];
            return LibC.GetWorkingDirectory(buffer, BufferSize) is null
                ? throw new PosixException("the working directory")
                : PathText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));
        }
    }

    /// <summary>
    /// A path from the root, without "." and "..", which are taken for names alone: symbolic links are not resolved.
    /// </summary>
    /// <exception cref="PosixException">It is relative, and the working directory has been removed.</exception>
    internal static string Absolute(string path)
    {
        var parts = new List<string>();
        string whole = path.StartsWith('/') ? path : $"{Current}/{path}";
        foreach (string part in whole.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part is ".." && parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not "." and not "..")
            {
                parts.Add(part);
            }
        }

        return "/" + string.Join('/', parts);
    }

    /// <summary>True for a directory, or a link to one.</summary>
    internal static bool Exists(string path) => FileStatus.Of(path) is { Kind: FileStatus.Directory };

    /// <summary>Makes one directory; false with errno set.</summary>
    internal static bool TryMake(string path, uint mode = 0x1FF) => LibC.MakeDirectory(path, mode) == 0;

    /// <summary>Makes a directory and those above it that are missing; false with errno set.</summary>
    internal static bool TryMakeAll(string path, uint mode)
    {
        int end = path.Length;
        while (end > 0 && !Exists(path[..end]))
        {
            end = path.LastIndexOf('/', end - 1);
        }

        while (end < path.Length)
        {
            int next = path.IndexOf('/', end + 1);
            end = next < 0 ? path.Length : next;
            if (!TryMake(path[..end], mode) && Marshal.GetLastPInvokeError() != PosixException.EEXIST)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Removes an empty directory; false with errno set.</summary>
    internal static bool TryRemove(string path) => LibC.UnlinkAt(LibC.AT_FDCWD, path, LibC.AT_REMOVEDIR) == 0;

    /// <summary>The names in a directory, in no order; empty where it cannot be read.</summary>
    internal static List<string> List(string path) => List(path, out _);

    /// <summary>As <see cref="List(string)"/>; says whether it could be read to its end, so that "nothing is there" and "nothing can be seen" differ.</summary>
    internal static List<string> List(string path, out bool isWhole)
    {
        var names = new List<string>();
        using SafeFileHandle? directory = PosixFile.TryOpen(path, Only);
        byte* buffer = stackalloc byte[BufferSize];
        nint length = -1;
        while (directory is not null && (length = LibC.GetDirectoryEntries(directory, buffer, BufferSize)) > 0)
        {
            foreach (ReadOnlySpan<byte> name in new DirectoryRecords(new ReadOnlySpan<byte>(buffer, (int)length)))
            {
                names.Add(PathText.FromBytes(name));
            }
        }

        isWhole = length == 0;
        return names;
    }
}
