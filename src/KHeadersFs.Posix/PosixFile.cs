using System.Runtime.InteropServices;
using KHeadersFs.Posix.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Posix;

/// <summary>
/// The one way to open files. The base class library's puts a lock on what it opens (flock(2)), which anybody who can open the file can
/// deny, and loses bytes of paths that are not UTF-8.
/// </summary>
internal static unsafe class PosixFile
{
    private const int ChunkSize = 4096;

    /// <summary>True when something has that name, a link to nowhere excepted.</summary>
    internal static bool Exists(string path) => FileStatus.Of(path) is not null;

    /// <summary>Opens a file, close-on-exec, for reading unless <paramref name="flags"/> of open(2) say otherwise; null with errno set.</summary>
    internal static SafeFileHandle? TryOpen(string path, int flags = 0, uint mode = 0)
    {
        while (true)
        {
            SafeFileHandle file = LibC.Open(path, flags | LibC.O_CLOEXEC, mode);
            if (!file.IsInvalid)
            {
                return file;
            }

            int errno = Marshal.GetLastPInvokeError();
            file.Dispose();
            if (errno != LibC.EINTR)
            {
                Marshal.SetLastPInvokeError(errno);
                return null;
            }
        }
    }

    /// <summary>Opens a file like <see cref="TryOpen"/>.</summary>
    /// <exception cref="PosixException">It cannot be opened.</exception>
    internal static SafeFileHandle Open(string path, int flags = 0, uint mode = 0) =>
        TryOpen(path, flags, mode) ?? throw new PosixException(path);

    /// <summary>Makes a file that is not there yet and opens it for writing; <paramref name="mode"/> are its permission bits.</summary>
    /// <exception cref="PosixException">It cannot be made.</exception>
    internal static SafeFileHandle Create(string path, uint mode) => Open(path, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL, mode);

    /// <summary>Reads on from where the file stands, a pipe as well; 0 at the end.</summary>
    /// <exception cref="PosixException">It cannot be read.</exception>
    internal static int Read(SafeFileHandle file, Span<byte> buffer, string subject = "read")
    {
        fixed (byte* to = buffer)
        {
            nint length;
            while ((length = LibC.Read(file, to, (nuint)buffer.Length)) < 0)
            {
                if (Marshal.GetLastPInvokeError() != LibC.EINTR)
                {
                    throw new PosixException(subject);
                }
            }

            return (int)length;
        }
    }

    /// <summary>Where the file stands, or -1 for what cannot seek.</summary>
    internal static long Position(SafeFileHandle file) => LibC.Seek(file, 0, LibC.SEEK_CUR);

    /// <summary>Writes all of <paramref name="bytes"/>.</summary>
    /// <exception cref="PosixException">It cannot be written.</exception>
    internal static void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, string subject = "write")
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* from = bytes)
            {
                nint length = LibC.Write(file, from, (nuint)bytes.Length);
                if (length < 0 && Marshal.GetLastPInvokeError() != LibC.EINTR)
                {
                    throw new PosixException(subject);
                }

                bytes = bytes[(int)Math.Max(length, 0)..];
            }
        }
    }

    /// <summary>Writes all of <paramref name="bytes"/> at a place of its own. The base class library has no errno for EFBIG.</summary>
    /// <exception cref="PosixException">It cannot be written.</exception>
    internal static void WriteAt(SafeFileHandle file, ReadOnlySpan<byte> bytes, long position, string subject = "write")
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* from = bytes)
            {
                nint length = LibC.WriteAt(file, from, (nuint)bytes.Length, position);
                if (length < 0 && Marshal.GetLastPInvokeError() != LibC.EINTR)
                {
                    throw new PosixException(subject);
                }

                bytes = bytes[(int)Math.Max(length, 0)..];
                position += Math.Max(length, 0);
            }
        }
    }

    /// <summary>All of a small file; those of /proc and /sys have no length beforehand.</summary>
    /// <exception cref="PosixException">It cannot be read.</exception>
    internal static byte[] ReadAll(string path)
    {
        using SafeFileHandle file = Open(path);
        return ReadAll(file, path);
    }

    /// <summary>The same of one that is open, from where it stands.</summary>
    /// <exception cref="PosixException">It cannot be read.</exception>
    internal static byte[] ReadAll(SafeFileHandle file, string path)
    {
        byte[] bytes = new byte[ChunkSize];
        int total = 0;
        while (Read(file, bytes.AsSpan(total), path) is int length and > 0)
        {
            total += length;
            if (total == bytes.Length)
            {
                Array.Resize(ref bytes, total * 2);
            }
        }

        return bytes[..total];
    }

    /// <summary>A small file as text.</summary>
    /// <exception cref="PosixException">It cannot be read.</exception>
    internal static string ReadText(string path) => PathText.FromBytes(ReadAll(path));

    /// <summary>A small file's lines.</summary>
    /// <exception cref="PosixException">It cannot be read.</exception>
    internal static string[] ReadLines(string path) => ReadText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Sees that what was written is on the disk.</summary>
    /// <exception cref="PosixException">It cannot be.</exception>
    internal static void Synchronize(SafeFileHandle file, string subject)
    {
        if (LibC.Synchronize(file) < 0)
        {
            throw new PosixException(subject);
        }
    }

    /// <summary>Sets the file's times to now, if that is possible.</summary>
    internal static void Touch(SafeFileHandle file) => _ = LibC.SetTimes(file, null);

    /// <summary>Where a symbolic link leads, or null with errno set.</summary>
    internal static string? ReadLink(string path)
    {
        Span<byte> target = stackalloc byte[ChunkSize];
        fixed (byte* to = target)
        {
            nint length = LibC.ReadLink(path, to, ChunkSize);
            return length < 0 ? null : PathText.FromBytes(target[..(int)length]);
        }
    }

    /// <summary>Makes a symbolic link at <paramref name="path"/>.</summary>
    /// <exception cref="PosixException">It cannot be made.</exception>
    internal static void Link(string target, string path)
    {
        if (LibC.SymbolicLink(target, path) < 0)
        {
            throw new PosixException(path);
        }
    }

    /// <summary>Gives a file another name, in the place of what has it.</summary>
    /// <exception cref="PosixException">It cannot be.</exception>
    internal static void Rename(string from, string to)
    {
        if (LibC.Rename(from, to) < 0)
        {
            throw new PosixException(from);
        }
    }

    /// <summary>Removes the name of a file; false with errno set.</summary>
    internal static bool TryDelete(string path) => LibC.UnlinkAt(LibC.AT_FDCWD, path, 0) == 0;
}
