namespace KHeadersFs.Mount.Tests;

/// <summary>What the server's log says of its life, as tests that wait for it know it.</summary>
internal static class LogLine
{
    /// <summary>A server serves a mount that it has made; what and where follow.</summary>
    internal const string Serving = "serving ";

    /// <summary>The next server serves the mount of the one before; what and where follow.</summary>
    internal const string TookOver = "took over ";
}
