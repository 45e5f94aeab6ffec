using KHeadersFs.Posix.Interop;

namespace KHeadersFs.Posix;

/// <summary>What the system lets this process have (getrlimit(2)).</summary>
internal static unsafe class ResourceLimit
{
    /// <summary>The number that no descriptor may reach.</summary>
    internal static ulong OpenFiles
    {
        get
        {
            LibC.Rlimit limit;
            return LibC.GetLimit(LibC.RLIMIT_NOFILE, &limit) == 0 ? limit.Cur : ulong.MaxValue;
        }
    }

    /// <summary>No core is dumped of this process; false with errno set.</summary>
    internal static bool TryForbidCores()
    {
        LibC.Rlimit none = default;
        return LibC.SetLimit(LibC.RLIMIT_CORE, &none) == 0;
    }

    /// <summary>Lets a user have so many processes and threads at least, as far as this process goes; false with errno set.</summary>
    internal static bool TryAllowProcesses(ulong count)
    {
        LibC.Rlimit limit;
        if (LibC.GetLimit(LibC.RLIMIT_NPROC, &limit) < 0)
        {
            return false;
        }

        limit.Max = Math.Max(limit.Max, count);
        bool isEnough = limit.Cur >= count;
        limit.Cur = Math.Max(limit.Cur, count);
        return isEnough || LibC.SetLimit(LibC.RLIMIT_NPROC, &limit) == 0;
    }

    /// <summary>Lowers what this process may have for good, to so much or what it has less; false with errno set.</summary>
    /// <param name="cpuSeconds">Seconds of computing, after which it is killed.</param>
    /// <param name="fileBytes">The largest file, also one in memory.</param>
    /// <param name="dataBytes">Memory of its own.</param>
    /// <param name="openFiles">The number that no new descriptor may reach.</param>
    internal static bool TryLower(ulong cpuSeconds, ulong fileBytes, ulong dataBytes, ulong openFiles) =>
        TryLower(LibC.RLIMIT_CPU, cpuSeconds)
        && TryLower(LibC.RLIMIT_FSIZE, fileBytes)
        && TryLower(LibC.RLIMIT_DATA, dataBytes)
        && TryLower(LibC.RLIMIT_NOFILE, openFiles);

    private static bool TryLower(int resource, ulong most)
    {
        LibC.Rlimit limit;
        if (LibC.GetLimit(resource, &limit) < 0)
        {
            return false;
        }

        limit.Max = Math.Min(limit.Max, most);
        limit.Cur = Math.Min(limit.Cur, limit.Max);
        return LibC.SetLimit(resource, &limit) == 0;
    }
}
