using System.Text;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Headers;

/// <summary>Reads files of trees that anybody may have made: a file there may be endless.</summary>
internal static class LimitedText
{
    /// <summary>autoconf.h of a large kernel has 300 KB.</summary>
    internal const int MostBytes = 4 << 20;

    /// <summary>The first <see cref="MostBytes"/> of a file; null where it cannot be read, or is no file.</summary>
    internal static string? Read(string path)
    {
        if (FileStatus.Of(path) is not { Kind: FileStatus.Regular } status)
        {
            return null;
        }

        try
        {
            using SafeFileHandle file = PosixFile.Open(path);
            byte[] bytes = new byte[Math.Min(status.Size, MostBytes)];
            int total = 0;
            while (total < bytes.Length && PosixFile.Read(file, bytes.AsSpan(total), path) is int length and > 0)
            {
                total += length;
            }

            return Encoding.UTF8.GetString(bytes, 0, total);
        }
        catch (PosixException)
        {
            return null;
        }
    }
}
