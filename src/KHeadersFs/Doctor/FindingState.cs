namespace KHeadersFs.Doctor;

/// <summary>What a check has come to.</summary>
internal enum FindingState
{
    /// <summary>As it should be, or no matter here.</summary>
    Ok,

    /// <summary>Something will not work for somebody.</summary>
    Warning,

    /// <summary>Mounting, or what is mounted, does not work, or a tool takes headers that are not those of this kernel.</summary>
    Problem,
}
