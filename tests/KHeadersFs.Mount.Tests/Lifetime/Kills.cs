using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>Kills mounts, one after the other, and counts what they leave.</summary>
internal static class Kills
{
    /// <summary>How many there are to be; "make soak" asks for more.</summary>
    internal static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("KHEADERSFS_KILLS") ?? "40", CultureInfo.InvariantCulture);

    /// <summary>Fails if anything is left.</summary>
    /// <param name="kinds">In any order, but all of them come before one comes again.</param>
    /// <param name="count">How many kills.</param>
    internal static void Run(Kill[] kinds, int count)
    {
        Subject.RequireMounts();
        int seed = Environment.TickCount;
        var random = new Random(seed);
        random.Shuffle(kinds);
        var failures = new List<string>();
        int missed = 0;
        for (int i = 0; i < count; i++)
        {
            Kill kill = kinds[i % kinds.Length];
            int delay = random.Next(kill.Phase.Spread + 1);
            using var site = new KillSite(kill);
            missed += Deadline.TryUntil(() => kill.Phase.HasCome(site), Deadline.Short) ? 0 : 1;
            Thread.Sleep(delay);
            site.Strike();
            failures.AddRange(site.Leftovers().Select(left => $"{kill} + {delay} ms: {left}"));
        }

        Figures.Note($"{count} kills, {failures.Count} leftovers; {missed} came when the moment was over");
        Assert.InRange(missed, 0, count / 10); // some moments are shorter than a look on a busy machine
        Assert.True(failures.Count == 0, $"seed {seed}: {failures.Count} leftovers of {count} kills\n{string.Join('\n', failures)}");
    }
}
