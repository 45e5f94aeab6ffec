namespace KHeadersFs.Sources;

/// <summary>What the SOURCE of a command line stands for.</summary>
internal static class SourceName
{
    private const string ReleasePrefix = "release:";

    /// <summary>True for the running kernel's own archive, by each of its names.</summary>
    internal static bool IsRunningKernel(string source) => source is "kheaders" or "none" or "auto";

    /// <summary>R of "release:R", an installed kernel; null for any other source.</summary>
    internal static string? ReleaseOf(string source) =>
        source.StartsWith(ReleasePrefix, StringComparison.Ordinal) ? source[ReleasePrefix.Length..] : null;

    /// <summary>True for a path; what remains is "-", standard input.</summary>
    internal static bool IsPath(string source) => source is not "-" && !IsRunningKernel(source) && ReleaseOf(source) is null;
}
