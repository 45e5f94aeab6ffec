namespace KHeadersFs.Fuzz;

/// <summary>Ends the process when one input takes too long, or too much memory, and says which it was.</summary>
internal sealed class Watch : IDisposable
{
    private const int Hung = 3;
    private const long MaxMemory = 1L << 30;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly string _target;
    private readonly int _seed;
    private readonly Timer _timer;
    private long _input;
    private long _started;

    internal Watch(string target, int seed)
    {
        _target = target;
        _seed = seed;
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>The command that gives the input of now once more.</summary>
    internal string Replay => FormattableString.Invariant(
        $"again: dotnet run -c Release --project tests/fuzz -- --target {_target} --seed {_seed} --input {Volatile.Read(ref _input)}");

    internal void Begin(long input)
    {
        Volatile.Write(ref _input, input);
        Volatile.Write(ref _started, Environment.TickCount64);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        bool isLate = Volatile.Read(ref _started) > 0 && Environment.TickCount64 - Volatile.Read(ref _started) > s_limit.TotalMilliseconds;
        if (isLate || Environment.WorkingSet > MaxMemory)
        {
            Console.Error.WriteLine($"{(isLate ? "hangs" : "takes more than 1 GiB")}; {Replay}");
            Environment.Exit(Hung);
        }
    }
}
