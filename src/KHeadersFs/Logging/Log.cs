using System.Diagnostics;
using System.Globalization;
using System.Text;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Logging;

/// <summary>
/// One line per event: to stderr; or, once the streams are detached, to the file of -o log, or to syslog(3) and so to the journal, or
/// to the kernel's log on systems without either.
/// </summary>
internal sealed unsafe class Log
{
    private const string SyslogSocket = "/dev/log";
    private const string KernelLog = "/dev/kmsg";

    /// <summary>Lines of one burst, and how long it takes until the next one may come: a broken store must not fill a disk.</summary>
    private const int Burst = 20;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private volatile bool _toStandardError;
    private volatile LogFile? _file;
    private volatile SafeFileHandle? _kernelLog;
    private bool _copies;
    private readonly Lock _gate = new();
    private long _burstStarted; // guarded by _gate
    private int _inBurst; // guarded by _gate
    private int _dropped; // guarded by _gate
    private bool _isPassing; // guarded by _gate: a line is shown that the next one replaces

    private Log(bool toStandardError) => _toStandardError = toStandardError;

    /// <summary>The file of -o log, or the kernel's log, for the server after this one; null where lines go elsewhere.</summary>
    internal SafeFileHandle? File => _file?.File ?? _kernelLog;

    /// <summary>-v: <see cref="Tell"/> writes.</summary>
    internal bool Verbose { get; set; }

    /// <summary>Lines go to stderr, for a person or for the service manager that started us.</summary>
    internal static Log ToStandardError() => new(toStandardError: true);

    /// <summary>
    /// What goes to stderr also goes to the kernel's log: for what systemd waits for, whose stderr may lead nowhere, and which may not
    /// wait for the journal (systemd.generator(7)).
    /// </summary>
    internal void CopyToKernelLog() => _copies = true;

    /// <summary>Opens what only root may write to, for a server that is about to become another user.</summary>
    internal void OpenSystemLog()
    {
        if (!PosixFile.Exists(SyslogSocket))
        {
            _kernelLog = PosixFile.TryOpen(KernelLog, LibC.O_WRONLY);
        }
    }

    /// <summary>
    /// From now on lines go to a file; without one to the system's log, or in the foreground to stderr as before. When the system has
    /// no log, that is the last line on stderr.
    /// </summary>
    internal void MoveTo(LogFile? file, bool foreground)
    {
        if (file is null && !foreground)
        {
            WarnOfNoLog();

            // openlog(3) keeps the pointer; a u8 literal lives as long as the program and ends with a zero byte.
            ReadOnlySpan<byte> identity = "kheadersfs\0"u8;
            fixed (byte* name = identity)
            {
                LibC.OpenLog(name, LibC.LOG_PID, LibC.LOG_DAEMON);
            }

            _toStandardError = false;
        }

        _file = file;
    }

    /// <summary>As <see cref="MoveTo"/>, for a mount that is served on: if the file cannot be opened any more, that is a line too.</summary>
    /// <param name="path">The path of -o log; empty for none.</param>
    /// <param name="descriptor">What the server before this one has written to; null where that cannot be had.</param>
    /// <param name="foreground">Lines may go to stderr.</param>
    internal void Continue(string path, int? descriptor, bool foreground)
    {
        LogFile? file = null;
        string problem = "";
        try
        {
            if (descriptor is { } number && path.Length == 0)
            {
                _kernelLog = LogFile.FromDescriptor(number).File;
            }
            else
            {
                file = descriptor is { } open ? LogFile.FromDescriptor(open) : LogFile.Open(path);
            }
        }
        catch (ProgramException e)
        {
            problem = e.Message;
        }

        MoveTo(file, foreground);
        if (problem.Length > 0)
        {
            Warn(problem);
        }
    }

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

    /// <summary>
    /// Writes one line; line ends within <paramref name="message"/> become spaces, other bytes that cannot be printed <c>\xNN</c>. More than 20 lines in 10 s are counted
    /// instead of written.
    /// </summary>
    internal void Write(LogLevel level, string message)
    {
        if (!TryEnterBurst(out int dropped))
        {
            return;
        }

        if (dropped > 0)
        {
            Put(LogLevel.Warning, string.Create(CultureInfo.InvariantCulture, $"{dropped} lines left out"));
        }

        Put(level, PathText.Printable(message.ReplaceLineEndings(" ")));
    }

    /// <summary>Writes one line that was asked for, however many there have been.</summary>
    internal void Report(string line) => Put(LogLevel.Info, line);

    /// <summary>On a terminal: shows a line until the next one, of whatever kind.</summary>
    internal void ShowPassing(string line)
    {
        lock (_gate)
        {
            _isPassing = true;
            PutToStandardError($"{Terminal.ClearLine}kheadersfs: {line}");
        }
    }

    /// <summary>Takes it away.</summary>
    internal void HidePassing()
    {
        lock (_gate)
        {
            if (_isPassing)
            {
                _isPassing = false;
                PutToStandardError(Terminal.ClearLine);
            }
        }
    }

    private void WarnOfNoLog()
    {
        if (_kernelLog is not null || PosixFile.Exists(SyslogSocket))
        {
            return;
        }

        using SafeFileHandle? kernel = PosixFile.TryOpen(KernelLog, LibC.O_WRONLY);
        if (kernel is null)
        {
            Warn($"{SyslogSocket} and {KernelLog}: neither can be written to, so what the server has to say is lost; give -o log=FILE");
        }
    }

    private void PutToSystem(LogLevel level, string line)
    {
        if (!PosixFile.Exists(SyslogSocket) && (_kernelLog is not null || PosixFile.Exists(KernelLog)))
        {
            PutToKernelLog(level, line);
        }
        else
        {
            // The message is the format: no argument crosses a variadic call.
            LibC.SysLog((int)level, line.Replace("%", "%%", StringComparison.Ordinal));
        }
    }

    private void PutToKernelLog(LogLevel level, string line)
    {
        try
        {
            // "<facility and level>": printk's prefix is syslog's (Documentation/ABI/testing/dev-kmsg).
            using SafeFileHandle? opened = _kernelLog is null ? PosixFile.Open(KernelLog, LibC.O_WRONLY) : null;
            PosixFile.Write(opened ?? _kernelLog!, Encoding.UTF8.GetBytes($"<{LibC.LOG_DAEMON | (int)level}>kheadersfs[{Environment.ProcessId}]: {line}\n"));
        }
        catch (IOException)
        {
            // There is no place left to complain to.
        }
    }

    private bool TryEnterBurst(out int dropped)
    {
        lock (_gate)
        {
            long now = Stopwatch.GetTimestamp();
            dropped = 0;
            if (_inBurst == 0 || Stopwatch.GetElapsedTime(_burstStarted, now) > s_interval)
            {
                (_burstStarted, _inBurst) = (now, 0);
                (dropped, _dropped) = (_dropped, 0);
            }

            if (++_inBurst <= Burst)
            {
                return true;
            }

            _dropped++;
            return false;
        }
    }

    private void Put(LogLevel level, string line)
    {
        if (_file is { } file)
        {
            file.Append(Label(level) + line);
            return;
        }

        if (!_toStandardError)
        {
            PutToSystem(level, line);
            return;
        }

        HidePassing();
        PutToStandardError($"kheadersfs: {Label(level)}{line}\n");
        if (_copies)
        {
            PutToKernelLog(level, line);
        }
    }

    /// <summary>
    /// One write(2) per line, so that lines of several processes do not mix. Not by way of Console, which sets up pipes for signals first
    /// and fails where a sandbox denies them; nor of FileStream, which writes a file at an offset of its own. Whether anybody listens is
    /// no reason to stop serving.
    /// </summary>
    private static void PutToStandardError(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            _ = LibC.Write(Terminal.StandardError, start, (nuint)bytes.Length);
        }
    }

    private static string Label(LogLevel level) => level == LogLevel.Warning ? "warning: " : "";
}
