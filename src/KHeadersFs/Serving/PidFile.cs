using System.Globalization;
using System.Text;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>-o pidfile: a file that holds the server's process id, with a line's end, for as long as the mount is served.</summary>
internal static class PidFile
{
    private const uint ReadableByAll = 0x1A4; // 0644

    /// <summary>Writes the file; nothing for the path "".</summary>
    /// <exception cref="ProgramException">It cannot be written.</exception>
    internal static void Write(string path)
    {
        if (path.Length == 0)
        {
            return;
        }

        try
        {
            // Made anew: nothing is written to what somebody may have put there.
            _ = PosixFile.TryDelete(path);
            using SafeFileHandle file = PosixFile.Create(path, ReadableByAll);
            PosixFile.Write(file, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n")));
        }
        catch (PosixException e)
        {
            _ = PosixFile.TryDelete(path);
            throw new ProgramException(ExitCode.MountFailure, $"-o pidfile={path}: {e.Reason}; give a file that can be written", e);
        }
    }
}
