using System.Globalization;
using System.Text;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>-o pidfile: a file that tells the server's process id, with a line's end, for as long as the mount is served.</summary>
internal sealed class PidFile
{
    private const uint ReadableByAll = 0x1A4; // 0644

    private readonly string _path;

    private PidFile(string path) => _path = path;

    /// <summary>Writes the file; null for the path "".</summary>
    /// <exception cref="ProgramException">It cannot be written.</exception>
    internal static PidFile? Write(string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        var made = new PidFile(path);
        try
        {
            // Made anew: nothing is written to what somebody may have put there.
            made.Remove();
            using SafeFileHandle file = PosixFile.Create(path, ReadableByAll);
            PosixFile.Write(file, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n")));
            return made;
        }
        catch (PosixException e)
        {
            made.Remove();
            throw new ProgramException(ExitCode.MountFailure, $"-o pidfile={path}: {e.Reason}; give a file that can be written", e);
        }
    }

    /// <summary>Removes it.</summary>
    internal void Remove() => _ = PosixFile.TryDelete(_path);
}
