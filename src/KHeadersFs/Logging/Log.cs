using System.Text;
using KHeadersFs.Interop;

namespace KHeadersFs.Logging;

/// <summary>One line per event: to stderr, or to syslog(3), and so to the journal, once the streams are detached.</summary>
internal sealed unsafe class Log
{
    private readonly bool _toStandardError;

    private Log(bool toStandardError) => _toStandardError = toStandardError;

    /// <summary>Lines go to stderr, for a person or for the service manager that started us.</summary>
    internal static Log ToStandardError() => new(toStandardError: true);

    /// <summary>Lines go to syslog(3).</summary>
    internal static Log ToSystemLog()
    {
        // openlog(3) keeps the pointer; a u8 literal lives as long as the program and ends with a zero byte.
        ReadOnlySpan<byte> identity = "kheadersfs\0"u8;
        fixed (byte* name = identity)
        {
            LibC.OpenLog(name, LibC.LOG_PID, LibC.LOG_DAEMON);
        }

        return new Log(toStandardError: false);
    }

    /// <summary>-v: <see cref="Tell"/> writes.</summary>
    internal bool Verbose { get; set; }

    /// <summary>Writes what is only wanted with -v.</summary>
    internal void Tell(string message)
    {
        if (Verbose)
        {
            Write(LogLevel.Info, message);
        }
    }

    /// <summary>Writes a warning.</summary>
    internal void Warn(string message) => Write(LogLevel.Warning, message);

    /// <summary>Writes one line; line ends within <paramref name="message"/> become spaces.</summary>
    internal void Write(LogLevel level, string message)
    {
        string line = message.ReplaceLineEndings(" ");
        if (!_toStandardError)
        {
            // The message is the format: no argument crosses a variadic call.
            LibC.SysLog((int)level, line.Replace("%", "%%", StringComparison.Ordinal));
            return;
        }

        try
        {
            // One write(2) per line, so that lines of several processes do not mix.
            using Stream stderr = Console.OpenStandardError();
            stderr.Write(Encoding.UTF8.GetBytes($"kheadersfs: {Label(level)}{line}\n"));
        }
        catch (IOException)
        {
            // Whoever listened has gone; that is no reason to stop serving.
        }
    }

    private static string Label(LogLevel level) => level == LogLevel.Warning ? "warning: " : "";
}
