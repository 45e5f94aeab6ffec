using System.Runtime.ExceptionServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>Time limits: what waits for a state, or touches a mount that might hang, does it through here.</summary>
internal static class Deadline
{
    internal static readonly TimeSpan Short = TimeSpan.FromSeconds(10);
    internal static readonly TimeSpan Long = TimeSpan.FromSeconds(120);

    /// <summary>Waits until <paramref name="reached"/> holds; fails naming the state that was waited for.</summary>
    internal static void Until(Func<bool> reached, string state, TimeSpan? limit = null)
    {
        if (!TryUntil(reached, limit ?? Short))
        {
            throw new TimeoutException($"waited {(limit ?? Short).TotalSeconds} s in vain: {state}");
        }
    }

    /// <summary>Waits until <paramref name="reached"/> holds; false when it does not within the limit.</summary>
    internal static bool TryUntil(Func<bool> reached, TimeSpan limit)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (!reached())
        {
            if (Environment.TickCount64 > end)
            {
                return false;
            }

            Thread.Sleep(2);
        }

        return true;
    }

    /// <summary>Reads a file of a mount, within the short limit.</summary>
    internal static byte[] Read(string root, string path)
    {
        byte[] content = [];
        Within(Short, () => content = File.ReadAllBytes(Path.Combine(root, path)));
        return content;
    }

    /// <summary>
    /// Runs <paramref name="action"/> on a thread of its own. When it is late the test fails at once; the thread stays in
    /// its system call until the mount is torn down, which makes the kernel end the call.
    /// </summary>
    internal static void Within(TimeSpan limit, Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { IsBackground = true };
        thread.Start();
        if (!thread.Join(limit))
        {
            throw new TimeoutException($"a call into the mount did not return within {limit.TotalSeconds} s");
        }

        failure?.Throw();
    }
}
