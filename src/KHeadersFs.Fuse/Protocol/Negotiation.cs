using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>Answers INIT.</summary>
internal static class Negotiation
{
    /// <summary>
    /// Linux 3.16. Since then every struct sent here has the size it has today (fuse_init_out was the last to
    /// grow), so no reply comes in two sizes; older kernels are refused.
    /// </summary>
    internal const uint MinimalMinor = 23;

    /// <summary>Largest READ, in bytes: what read-ahead asks for, and what a reply buffer holds.</summary>
    internal const int MaxRead = 128 * 1024;

    /// <summary>A read-only file system gets no WRITE; small, so that 8 KiB requests satisfy the kernel.</summary>
    internal const int MaxWrite = 4096;

    private const FuseInitFlags Wanted = FuseInitFlags.FUSE_ASYNC_READ | FuseInitFlags.FUSE_EXPORT_SUPPORT
        | FuseInitFlags.FUSE_PARALLEL_DIROPS
        | FuseInitFlags.FUSE_DO_READDIRPLUS | FuseInitFlags.FUSE_NO_OPEN_SUPPORT | FuseInitFlags.FUSE_NO_OPENDIR_SUPPORT
        | FuseInitFlags.FUSE_CACHE_SYMLINKS | FuseInitFlags.FUSE_MAX_PAGES | FuseInitFlags.FUSE_ABORT_ERROR
        | FuseInitFlags.FUSE_INIT_EXT | FuseInitFlags.FUSE_HAS_RESEND;

    /// <summary>The kernel is older than this library speaks with.</summary>
    internal static bool IsTooOld(in FuseInitIn request) =>
        request.Major < FuseConstants.FUSE_KERNEL_VERSION
        || (request.Major == FuseConstants.FUSE_KERNEL_VERSION && request.Minor < MinimalMinor);

    /// <summary>
    /// To a newer major version the answer is ours, with everything else empty; the kernel then sends INIT again
    /// with it.
    /// </summary>
    internal static FuseInitOut OwnVersion() => new()
    {
        Major = FuseConstants.FUSE_KERNEL_VERSION,
        Minor = FuseConstants.FUSE_KERNEL_MINOR_VERSION,
    };

    /// <summary>The answer to a kernel of our major version.</summary>
    internal static FuseInitOut Answer(in FuseInitIn request, FuseOptions options, int pageSize)
    {
        FuseInitFlags wanted = Wanted
            | (options.ReadDirPlusAuto ? FuseInitFlags.FUSE_READDIRPLUS_AUTO : FuseInitFlags.None)
            | (options.RequestTimeout > 0 ? FuseInitFlags.FUSE_REQUEST_TIMEOUT : FuseInitFlags.None);
        FuseInitFlags agreed = Offered(request) & wanted;
        ushort background = Math.Max(options.MaxBackground, (ushort)1);
        return new FuseInitOut
        {
            Major = FuseConstants.FUSE_KERNEL_VERSION,
            Minor = Math.Min(request.Minor, FuseConstants.FUSE_KERNEL_MINOR_VERSION),
            MaxReadahead = Math.Min(request.MaxReadahead, MaxRead),
            Flags = (uint)agreed,
            Flags2 = (uint)((ulong)agreed >> 32),
            MaxBackground = background,
            CongestionThreshold = (ushort)(background - (background / 4)), // as the kernel's own 9 of 12
            MaxWrite = MaxWrite,
            TimeGran = 1,
            MaxPages = (ushort)Math.Max(MaxRead / pageSize, 1), // counts the system's pages, not 4 KiB
            RequestTimeout = agreed.HasFlag(FuseInitFlags.FUSE_REQUEST_TIMEOUT) ? options.RequestTimeout : (ushort)0,
        };
    }

    /// <summary>What an answer settled, for later requests and for logs.</summary>
    internal static NegotiatedProtocol Settle(in FuseInitIn request, in FuseInitOut answer) => new()
    {
        KernelMajor = request.Major,
        KernelMinor = request.Minor,
        Minor = answer.Minor,
        Flags = answer.Flags | ((ulong)answer.Flags2 << 32),
        MaxReadAhead = answer.MaxReadahead,
    };

    private static FuseInitFlags Offered(in FuseInitIn request)
    {
        var flags = (FuseInitFlags)request.Flags;
        return flags.HasFlag(FuseInitFlags.FUSE_INIT_EXT) ? flags | (FuseInitFlags)((ulong)request.Flags2 << 32) : flags;
    }
}
