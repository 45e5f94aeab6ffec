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

    /// <summary>The FUSE_xxx flags of INIT that both sides want.</summary>
    public uint Flags { get; init; }

    /// <summary>Largest read-ahead in bytes.</summary>
    public uint MaxReadAhead { get; init; }

    /// <summary>OPEN is answered ENOSYS, and asked once.</summary>
    public bool NoOpen { get; init; }

    /// <summary>OPENDIR is answered ENOSYS, and asked once.</summary>
    public bool NoOpenDirectory { get; init; }
}
