using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>How often what is a race is tried: once is not enough to see who wins; "make soak" tries more often.</summary>
internal static class Rounds
{
    internal static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("KHEADERSFS_ROUNDS") ?? "5", CultureInfo.InvariantCulture);
}
