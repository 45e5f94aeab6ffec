namespace KHeadersFs.Mount.Tests;

/// <summary>Waits for -o prime.</summary>
internal static class Primed
{
    /// <summary>The figures of a server that has primed all there is.</summary>
    internal static ServerStatistics Statistics(MountedProgram mounted)
    {
        ServerStatistics told = Ended(mounted);
        Assert.True(told.Prime.State is "done", $"{told.Prime}\n{mounted.LogText}");
        return told;
    }

    /// <summary>The figures of a server that primes no longer.</summary>
    internal static ServerStatistics Ended(MountedProgram mounted)
    {
        Deadline.Until(
            () => mounted.Log.Lines.Any(static line => line.Contains(" primed ", StringComparison.Ordinal)),
            $"the end of priming\n{mounted.LogText}",
            Deadline.Long);
        return mounted.Statistics();
    }

    /// <summary>Waits until a walker is at work, and returns its process id.</summary>
    internal static int Walker()
    {
        int walker = 0;
        Deadline.Until(() => Subject.Walkers() is [var found, ..] && (walker = found) > 0, "a walker");
        return walker;
    }
}
