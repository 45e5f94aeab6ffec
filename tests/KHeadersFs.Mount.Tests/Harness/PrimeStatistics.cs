using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>What a server says of -o prime.</summary>
internal sealed record PrimeStatistics(string State, long Names, long AbsentNames, long Files, long Bytes)
{
    internal static PrimeStatistics Parse(JsonElement prime) => new(
        prime.GetProperty("state").GetString()!,
        prime.GetProperty("names").GetInt64(),
        prime.GetProperty("absent_names").GetInt64(),
        prime.GetProperty("files").GetInt64(),
        prime.GetProperty("bytes").GetInt64());
}
