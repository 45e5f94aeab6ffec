using System.Globalization;
using System.Text;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Logging;

/// <summary>The file of -o log, for systems without a log of their own. Lines go to its end, whoever else writes there.</summary>
internal sealed class LogFile
{
    /// <summary>Lines name paths of whoever mounted: nobody else's business.</summary>
    private const uint OwnerOnly = 0x180; // 0600

    private readonly SafeFileHandle _file;

    private LogFile(SafeFileHandle file) => _file = file;

    /// <summary>The open file, for the server after this one.</summary>
    internal SafeFileHandle File => _file;

    /// <summary>One that the server before this one has opened.</summary>
    internal static LogFile FromDescriptor(int number) => new(new SafeFileHandle(number, ownsHandle: true));

    /// <summary>Opens or makes the file; null for an empty path. It stays open: a server may not open it again.</summary>
    /// <exception cref="ProgramException">It cannot be written to.</exception>
    internal static LogFile? Open(string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        // O_NONBLOCK: nobody need be reading a pipe or a terminal line, and then nobody is waited for.
        const int flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_APPEND | LibC.O_NOCTTY | LibC.O_NONBLOCK;
        try
        {
            return new LogFile(PosixFile.Open(path, flags, OwnerOnly));
        }
        catch (PosixException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"-o log={path}: {e.Reason}; give a file that can be written to", e);
        }
    }

    /// <summary>Writes one line: when, in UTC, which process, and what.</summary>
    internal void Append(string line)
    {
        try
        {
            // In numbers: DateTime's own formatting costs the program 250 KB.
            DateTime now = DateTime.UtcNow;
            string dated = string.Create(
                CultureInfo.InvariantCulture,
                $"{now.Year}-{now.Month:D2}-{now.Day:D2}T{now.Hour:D2}:{now.Minute:D2}:{now.Second:D2}Z kheadersfs[{Environment.ProcessId}]: {line}\n");
            PosixFile.Write(_file, Encoding.UTF8.GetBytes(dated));
        }
        catch (PosixException)
        {
            // A full disk is no reason to stop serving.
        }
    }
}
