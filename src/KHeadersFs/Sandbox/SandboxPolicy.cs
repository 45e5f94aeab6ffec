namespace KHeadersFs.Sandbox;

/// <summary>-o sandbox.</summary>
internal enum SandboxPolicy
{
    /// <summary>What can be given up is; what cannot is a line in the log.</summary>
    Auto,

    /// <summary>What cannot be given up is the end of the mount.</summary>
    On,

    /// <summary>Nothing is given up.</summary>
    Off,
}
