namespace KHeadersFs.Fuse;

/// <summary>How long the kernel uses an answer without asking again, as fuse_entry_out and fuse_attr_out have it.</summary>
/// <param name="Seconds">Whole seconds.</param>
/// <param name="Nanoseconds">Nanoseconds, below 1,000,000,000. The kernel counts in jiffies, of 1 to 10 ms.</param>
public readonly record struct Validity(ulong Seconds, uint Nanoseconds)
{
    /// <summary>
    /// The longest. The kernel caps it in timespec64_to_jiffies (kernel/time/time.c: MAX_SEC_IN_JIFFIES), far enough below overflow to
    /// add the present time; a larger value would be negative in its signed tv_sec.
    /// </summary>
    public static Validity Forever => new(long.MaxValue, 0);

    /// <summary>A span of time.</summary>
    /// <param name="span">More than zero.</param>
    /// <returns>The same.</returns>
    public static Validity Of(TimeSpan span) =>
        new((ulong)span.Ticks / TimeSpan.TicksPerSecond, (uint)(span.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
}
