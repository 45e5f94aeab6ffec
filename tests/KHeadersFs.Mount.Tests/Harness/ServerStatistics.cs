using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>What a server says of itself on SIGUSR1: one JSON object in one log line.</summary>
internal sealed record ServerStatistics(
    IReadOnlyDictionary<string, long> Requests,
    long AbsentNames,
    long BlocksDecoded,
    long CacheHits,
    long BytesRead,
    long TakenOver,
    double UptimeSeconds,
    long ResidentBytes,
    long StoreBytes,
    PrimeStatistics Prime)
{
    internal long Total => Requests.Values.Sum();

    /// <summary>Requests of one opcode, spelled as the kernel spells it without FUSE_.</summary>
    internal long this[string opcode] => Requests.GetValueOrDefault(opcode);

    internal static ServerStatistics Parse(string line)
    {
        using var document = JsonDocument.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..]);
        JsonElement root = document.RootElement;
        return new ServerStatistics(
            root.GetProperty("requests").EnumerateObject()
                .ToDictionary(static p => p.Name, static p => p.Value.GetInt64(), StringComparer.Ordinal),
            root.GetProperty("absent_names").GetInt64(),
            root.GetProperty("blocks_decoded").GetInt64(),
            root.GetProperty("cache_hits").GetInt64(),
            root.GetProperty("bytes_read").GetInt64(),
            root.GetProperty("taken_over").GetInt64(),
            root.GetProperty("uptime_seconds").GetDouble(),
            root.GetProperty("resident_bytes").GetInt64(),
            root.GetProperty("store_bytes").GetInt64(),
            PrimeStatistics.Parse(root.GetProperty("prime")));
    }

    /// <summary>The requests that came between an earlier state and this one, as text; empty when there were none.</summary>
    internal string Since(ServerStatistics earlier) => string.Join(
        ' ', Requests.Where(r => r.Value != earlier[r.Key]).Select(r => $"{r.Key}+{r.Value - earlier[r.Key]}"));
}
