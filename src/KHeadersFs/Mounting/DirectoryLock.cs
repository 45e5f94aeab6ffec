using System.Diagnostics;

namespace KHeadersFs.Mounting;

/// <summary>Keeps two mounts at once from making two layers on one directory; held until disposed, or the end of the process.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private const int PollMilliseconds = 10;

    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly long _number;

    private DirectoryLock(long number) => _number = number;

    /// <summary>Waits for others who are mounting on a directory; null where there is no place for locks, and nothing keeps mounts apart.</summary>
    /// <exception cref="ProgramException">Somebody has been mounting there for too long.</exception>
    internal static DirectoryLock? Wait(string directory, Action<string> tell)
    {
        if (RunLocks.Ours is not { } locks)
        {
            return null;
        }

        long number = RunLocks.Of(directory);
        long started = Stopwatch.GetTimestamp();
        bool told = false;
        int holder;
        while (!locks.TryTake(number, out holder))
        {
            TimeSpan waited = Stopwatch.GetElapsedTime(started);
            if (waited > s_patience)
            {
                throw new ProgramException(
                    ExitCode.MountFailure, $"{directory}: {Name(holder)} has been mounting there for {s_patience.TotalSeconds} s; end it, or try again");
            }

            if (waited > s_silence && !told)
            {
                tell($"{directory}: {Name(holder)} is mounting there; waiting for it");
                told = true;
            }

            Thread.Sleep(PollMilliseconds);
        }

        return new DirectoryLock(number);
    }

    /// <inheritdoc/>
    public void Dispose() => RunLocks.Ours?.Release(_number);

    /// <summary>0 is a process that cannot be seen from here: one of another container.</summary>
    private static string Name(int process) => process == 0 ? "another process" : $"process {process}";
}
