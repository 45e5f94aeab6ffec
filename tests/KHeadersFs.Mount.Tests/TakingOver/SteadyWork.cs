namespace KHeadersFs.Mount.Tests;

/// <summary>Does something again and again, on a thread of its own, until it is stopped; a failure is thrown there.</summary>
internal sealed class SteadyWork : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile Exception? _failure;
    private int _rounds;

    internal SteadyWork(Action round)
    {
        _thread = new Thread(() =>
        {
            try
            {
                while (!_stopping)
                {
                    round();
                    Interlocked.Increment(ref _rounds);
                }
            }
            catch (Exception exception)
            {
                _failure = exception;
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Waits until a round has begun and ended.</summary>
    internal void AwaitRound()
    {
        int wanted = Volatile.Read(ref _rounds) + 2;
        Deadline.Until(() => _failure is not null || Volatile.Read(ref _rounds) >= wanted, "a round", Deadline.Long);
        Check();
    }

    /// <summary>Ends it; how many rounds there were.</summary>
    internal int Stop()
    {
        _stopping = true;
        Assert.True(_thread.Join(Deadline.Long), "the last round does not end");
        Check();
        return _rounds;
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join(Deadline.Short);
    }

    private void Check()
    {
        if (_failure is { } failure)
        {
            throw new InvalidOperationException($"after {_rounds} rounds: {failure.Message}", failure);
        }
    }
}
