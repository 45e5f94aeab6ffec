using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>What INIT settled.</summary>
public readonly record struct NegotiatedProtocol
{
    /// <summary>Major version the kernel speaks; 7.</summary>
    public uint KernelMajor { get; init; }

    /// <summary>Minor version the kernel speaks.</summary>
    public uint KernelMinor { get; init; }

    /// <summary>Minor version in use: the smaller of the kernel's and this library's.</summary>
    public uint Minor { get; init; }

    /// <summary>The FUSE_xxx flags of INIT that both sides want; those of flags2 are the upper half.</summary>
    public ulong Flags { get; init; }

    /// <summary>Largest read-ahead in bytes.</summary>
    public uint MaxReadAhead { get; init; }

    /// <summary>OPEN is answered ENOSYS, and asked once.</summary>
    public bool NoOpen => Has(FuseInitFlags.FUSE_NO_OPEN_SUPPORT);

    /// <summary>OPENDIR is answered ENOSYS, and asked once.</summary>
    public bool NoOpenDirectory => Has(FuseInitFlags.FUSE_NO_OPENDIR_SUPPORT);

    /// <summary>The kernel can be asked to send again what has been read and not been answered.</summary>
    public bool CanResend => Has(FuseInitFlags.FUSE_HAS_RESEND);

    /// <summary>
    /// Nodes have generations. Not in a session that a server of version 0.1.0 has begun: there the kernel knows each node with
    /// generation 0, and takes one with another for a new node.
    /// </summary>
    public bool HasGenerations => Has(FuseInitFlags.FUSE_EXPORT_SUPPORT);

    private bool Has(FuseInitFlags flag) => (Flags & (ulong)flag) != 0;
}
