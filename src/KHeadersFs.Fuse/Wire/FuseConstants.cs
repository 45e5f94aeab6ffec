namespace KHeadersFs.Fuse.Wire;

/// <summary>Single constants of &lt;linux/fuse.h&gt;, in its spelling.</summary>
internal static class FuseConstants
{
    /// <summary>The only major version that ever met a stable kernel.</summary>
    internal const uint FUSE_KERNEL_VERSION = 7;

    /// <summary>
    /// The newest minor version this library was checked against (Linux 6.2). Later ones only add features behind
    /// INIT flags that it does not ask for, so there is nothing to gain from a higher number.
    /// </summary>
    internal const uint FUSE_KERNEL_MINOR_VERSION = 38;

    /// <summary>Node id of the root directory.</summary>
    internal const ulong FUSE_ROOT_ID = 1;

    /// <summary>A read of the device with less room, in bytes, is EINVAL (fs/fuse/dev.c: fuse_dev_do_read).</summary>
    internal const int FUSE_MIN_READ_BUFFER = 8192;

    /// <summary>
    /// Instead of an errno in what is written with unique 0: send again what has been read and not been answered (7.40;
    /// fs/fuse/dev.c: fuse_resend).
    /// </summary>
    internal const int FUSE_NOTIFY_RESEND = 7;

    /// <summary>Marks the unique of a request that is sent again; the reply has to have it too (7.40).</summary>
    internal const ulong FUSE_UNIQUE_RESEND = 1UL << 63;
}
