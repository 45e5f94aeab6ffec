using System.Globalization;
using System.Runtime.ExceptionServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Time limits: what waits for a state, or touches a mount that might hang, does it through here. They only guard against hanging, and
/// are longer on a slower or busy machine.
/// </summary>
internal static class Deadline
{
    /// <summary>How many times as long as on a quiet machine the same work takes here: scripts/limits.sh measures it.</summary>
    private static readonly int s_slowness =
        int.TryParse(Environment.GetEnvironmentVariable("KHEADERSFS_SLOWNESS"), CultureInfo.InvariantCulture, out int times) ? times : 1;

    /// <summary>What umount(8) promises: its users expect that everything has gone when the next command runs. Usually it is milliseconds.</summary>
    internal static readonly TimeSpan Soon = Of(3);

    /// <summary>For what usually takes less than a second.</summary>
    internal static readonly TimeSpan Short = Of(10);

    /// <summary>For what usually takes some seconds: a whole tree, a compiler.</summary>
    internal static readonly TimeSpan Long = Of(120);

    /// <summary>For other things.</summary>
    /// <param name="seconds">On a quiet machine.</param>
    internal static TimeSpan Of(double seconds) => TimeSpan.FromSeconds(seconds * s_slowness);

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
