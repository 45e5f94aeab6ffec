namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Samples the program's processes that start after this until disposed: what an earlier test leaves to end is not counted. Two peaks: the most that all
/// processes (their proportional share of pages) and memfds held together at any sample, and the most that one process ever
/// had resident (its own high-water mark, which no sample can miss) together with the memfds of that moment.
/// </summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly Thread _sampler;
    private volatile bool _stopped;
    private long _together;
    private long _alone;
    private int _samples;

    internal PeakMemory(string program)
    {
        HashSet<int> earlier = [.. ProcFs.Running(program)];
        _sampler = new Thread(() =>
        {
            while (!_stopped)
            {
                Sample(program, earlier);
            }
        })
        { IsBackground = true };
        _sampler.Start();
    }

    internal long Together => _together;

    internal long Resident => _alone;

    /// <summary>How many samples saw a process: a figure out of none would prove nothing.</summary>
    internal int Samples => _samples;

    /// <summary>Ends the sampling; only then do the figures stand.</summary>
    internal PeakMemory Stop()
    {
        _stopped = true;
        _sampler.Join();
        return this;
    }

    public void Dispose() => Stop();

    public override string ToString() => FormattableString.Invariant(
        $"{_together / 1048576.0:F2} MiB together, {_alone / 1048576.0:F2} MiB with one process's resident pages, {_samples} samples");

    private void Sample(string program, HashSet<int> earlier)
    {
        List<int> ids = [.. ProcFs.Running(program).Where(id => !earlier.Contains(id))];
        if (ids.Count == 0)
        {
            return;
        }

        long store = ServerMemory.StoreBytes(ids);
        _together = Math.Max(_together, store + ids.Sum(ProcFs.ProportionalBytes));
        _alone = Math.Max(_alone, store + ids.Max(static id => ProcFs.StatusBytes(id, "VmHWM")));
        _samples++;
    }
}
