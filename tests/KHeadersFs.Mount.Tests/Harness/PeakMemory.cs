namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Samples the program's processes from before the first of them starts until disposed. The peak is the largest sum, at
/// any sample, of every process's own high-water mark and the pages of the memfds: an upper bound of what was in use.
/// </summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly Thread _sampler;
    private volatile bool _stopped;
    private long _peak;
    private int _samples;

    internal PeakMemory(string program)
    {
        _sampler = new Thread(() =>
        {
            while (!_stopped)
            {
                Sample(program);
            }
        })
        { IsBackground = true };
        _sampler.Start();
    }

    internal long Bytes => Interlocked.Read(ref _peak);

    /// <summary>How many samples saw a process: a figure out of none would prove nothing.</summary>
    internal int Samples => _samples;

    public void Dispose()
    {
        _stopped = true;
        _sampler.Join();
    }

    private void Sample(string program)
    {
        IReadOnlyList<int> ids = ProcFs.Running(program);
        long sum = ids.Sum(static id => ProcFs.StatusBytes(id, "VmHWM")) + ServerMemory.StoreBytes(ids);
        Interlocked.Exchange(ref _peak, Math.Max(_peak, sum));
        _samples += ids.Count > 0 ? 1 : 0;
    }
}
