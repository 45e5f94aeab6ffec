namespace KHeadersFs.Systemd;

/// <summary>Which kernels the generator writes units for.</summary>
internal enum KernelChoice
{
    /// <summary>The one that runs.</summary>
    Booted,

    /// <summary>That one and every other that is installed and has its headers in a module's file.</summary>
    All,

    /// <summary>No one.</summary>
    None,
}
