using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>Kills mounts, one after the other, and counts what they leave.</summary>
internal static class Kills
{
    /// <summary>How many there are to be; "make soak" asks for more.</summary>
    internal static readonly int Count = int.Parse(Environment.GetEnvironmentVariable("KHEADERSFS_KILLS") ?? "40", CultureInfo.InvariantCulture);

    private const int MostTries = 20;

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

            // Some moments are shorter than a look on a busy machine: the kill counts when it came in time.
            for (int tries = 1; !Strike(kill, random, failures); tries++)
            {
                missed++;
                Assert.True(tries < MostTries, $"{kill}: {tries} times the moment was not seen");
            }
        }

        Figures.Note($"{count} kills, {failures.Count} leftovers; {missed} more came when the moment was over");
        Assert.True(failures.Count == 0, $"seed {seed}: {failures.Count} leftovers of {count} kills\n{string.Join('\n', failures)}");
    }
    /// <summary>One mount and one kill, which leaves nothing whenever it comes; whether it came at its moment.</summary>
    private static bool Strike(Kill kill, Random random, List<string> failures)
    {
        int delay = random.Next(kill.Phase.Spread + 1);
        using var site = new KillSite(kill);
        bool hasCome = false;
        _ = Deadline.TryUntil(() => (hasCome = kill.Phase.HasCome(site)) || site.IsOver, Deadline.Short);
        Thread.Sleep(delay); // a moment has a length, and a kill may come anywhere in it
        site.Strike();
        failures.AddRange(site.Leftovers().Select(left => $"{kill} + {delay} ms: {left}"));
        return hasCome;
    }
}
