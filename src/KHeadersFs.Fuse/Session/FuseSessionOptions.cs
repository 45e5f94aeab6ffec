namespace KHeadersFs.Fuse;

/// <summary>How a session uses threads.</summary>
public sealed class FuseSessionOptions
{
    /// <summary>
    /// Threads that serve requests, the caller of <see cref="FuseSession.Run"/> among them; at least 1.
    /// </summary>
    public int ThreadCount { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 4);

    /// <summary>
    /// How long a thread that has just served tries again before it sleeps, in microseconds. Waking up is most of
    /// what a first compile costs; on one processor spinning would only keep the client from running, so there it
    /// is 0.
    /// </summary>
    public int SpinMicroseconds { get; init; } = Environment.ProcessorCount == 1 ? 0 : 2000;
}
