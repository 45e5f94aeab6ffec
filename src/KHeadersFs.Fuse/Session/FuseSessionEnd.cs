namespace KHeadersFs.Fuse;

/// <summary>How a connection ended.</summary>
public enum FuseSessionEnd
{
    /// <summary>Unmounted, and the last user of the mount gone (ENODEV).</summary>
    Unmounted,

    /// <summary>
    /// Aborted, through /sys/fs/fuse/connections/N/abort or umount -f (ECONNABORTED; ENODEV from old kernels).
    /// </summary>
    Aborted,

    /// <summary>The other end of a stand-in device was closed; never happens with /dev/fuse.</summary>
    Closed,
}
