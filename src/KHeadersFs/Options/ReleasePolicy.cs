namespace KHeadersFs.Options;

/// <summary>What becomes of an archive whose UTS_RELEASE is not that of the running kernel, or of R in "release:R".</summary>
internal enum ReleasePolicy
{
    /// <summary>It is mounted, with a warning.</summary>
    Warn,

    /// <summary>It is refused.</summary>
    Check,

    /// <summary>Nobody looks.</summary>
    Ignore,
}
