using System.Diagnostics;
using System.Globalization;
using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;
using KHeadersFs.Priming;

namespace KHeadersFs.Serving;

/// <summary>The line that SIGUSR1 logs.</summary>
internal sealed class StatusReport(FuseDispatcher dispatcher, HeaderStore store, Primer? primer)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>
    /// Requests by operation (without FUSE_), blocks decoded, reads that found their block decoded, bytes of file contents
    /// sent, requests that the server before this one had read, seconds since this server's start, resident bytes of this process and bytes of the store; what -o prime has made the kernel
    /// know: names, absent names, files and their bytes.
    /// </summary>
    internal string ToJson()
    {
        FuseCounters counters = dispatcher.Counters;
        IEnumerable<string> requests = counters.ByOperation()
            .Select(static r => string.Create(CultureInfo.InvariantCulture, $"\"{r.Key}\":{r.Value}"));
        var json = new StringBuilder("{");
        json.Append(CultureInfo.InvariantCulture, $"\"requests\":{{{string.Join(',', requests)}}}");
        json.Append(CultureInfo.InvariantCulture, $",\"errors\":{counters.Errors},\"absent_names\":{counters.AbsentNames}");
        json.Append(CultureInfo.InvariantCulture, $",\"blocks_decoded\":{store.BlocksDecoded},\"cache_hits\":{store.CacheHits}");
        json.Append(CultureInfo.InvariantCulture, $",\"bytes_read\":{counters.ReadBytes}");
        json.Append(CultureInfo.InvariantCulture, $",\"spins\":{counters.Spins},\"waits\":{counters.Waits},\"wake_ups\":{counters.WakeUps}");
        json.Append(CultureInfo.InvariantCulture, $",\"taken_over\":{counters.TakenOver}");
        json.Append(CultureInfo.InvariantCulture, $",\"uptime_seconds\":{Stopwatch.GetElapsedTime(_started).TotalSeconds:F3}");
        json.Append(CultureInfo.InvariantCulture, $",\"resident_bytes\":{Environment.WorkingSet},\"store_bytes\":{store.Length}");
        WalkResult primed = primer?.Done ?? default;
        string state = (primer?.State ?? PrimeState.Off) switch
        {
            PrimeState.Running => "running",
            PrimeState.Done => "done",
            PrimeState.Stopped => "stopped",
            _ => "off",
        };
        json.Append(CultureInfo.InvariantCulture, $",\"prime\":{{\"state\":\"{state}\",\"names\":{primed.Names}");
        json.Append(CultureInfo.InvariantCulture, $",\"absent_names\":{primed.AbsentNames},\"files\":{primed.Files},\"bytes\":{primed.Bytes}}}}}");
        return json.ToString();
    }
}
