using System.Globalization;
using KHeadersFs.Archive;
using KHeadersFs.Posix;

namespace KHeadersFs.Logging;

/// <summary>
/// Tells how far reading an archive has come: one line on a terminal, after half a second, gone at the end. Nothing where stderr is no
/// terminal.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    /// <summary>Characters of the archive's name: with all else the line has fewer than 80.</summary>
    private const int NameLength = 30;

    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly Log _log;
    private readonly string _name;
    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread? _thread;

    /// <summary>From now on, of the archive of this name.</summary>
    internal ProgressLine(string name, Log log)
    {
        string printable = PathText.Printable(name);
        _name = printable.Length > NameLength ? $"...{printable[^(NameLength - 3)..]}" : printable;
        _log = log;
        if (Terminal.IsOne(Terminal.StandardError))
        {
            Facts = new ArchiveFacts();
            _thread = new Thread(Show, 256 << 10) { Name = "progress", IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>To be given to whoever reads; null where there is nobody to tell.</summary>
    internal ArchiveFacts? Facts { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Set();
        _thread?.Join();
        _ended.Dispose();
    }

    private void Show()
    {
        for (TimeSpan wait = s_patience; !_ended.Wait(wait); wait = s_interval)
        {
            (long done, long expected, TimeSpan elapsed) = Facts!.Progress;
            _log.ShowPassing(Line(_name, done, expected, elapsed));
        }

        _log.HidePassing();
    }

    private static string Line(string name, long done, long expected, TimeSpan elapsed)
    {
        if (expected <= 0 || done <= 0 || done > expected)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{name}: {Mebibytes(done)} MiB");
        }

        long left = (long)Math.Ceiling(elapsed.TotalSeconds * (expected - done) / done);
        string time = left < 60
            ? string.Create(CultureInfo.InvariantCulture, $"{left} s left")
            : string.Create(CultureInfo.InvariantCulture, $"{left / 60} min {left % 60} s left");
        return string.Create(CultureInfo.InvariantCulture, $"{name}: {Mebibytes(done)} of {Mebibytes(expected)} MiB, {100 * done / expected}%, {time}");
    }

    private static string Mebibytes(long bytes) => (bytes / (double)(1 << 20)).ToString("F1", CultureInfo.InvariantCulture);
}
