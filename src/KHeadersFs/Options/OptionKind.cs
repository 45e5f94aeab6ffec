namespace KHeadersFs.Options;

/// <summary>What becomes of a mount option.</summary>
internal enum OptionKind
{
    /// <summary>Accepted without effect: it speaks to mount(8), systemd or a writable file system.</summary>
    Ignored,

    /// <summary>Sets flags of mount(2).</summary>
    MountFlag,

    /// <summary>Takes flags of mount(2) back.</summary>
    ClearMountFlag,

    /// <summary>Handed to the kernel with its value (context= and its like).</summary>
    Kernel,

    /// <summary>One of our own.</summary>
    Own,
}
