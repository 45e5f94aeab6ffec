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

    /// <summary>From now on a write beyond RLIMIT_FSIZE, to a file in memory too, fails with EFBIG instead of ending the process.</summary>
    internal static void MakeFileSizeAnError() => _ = LibC.SetHandler(LibC.SIGXFSZ, LibC.SIG_IGN);
}
