namespace KHeadersFs.Archive.Tar;

/// <summary>A modification time.</summary>
/// <param name="Seconds">Seconds since 1970.</param>
/// <param name="Nanoseconds">Nanoseconds within the second.</param>
internal readonly record struct TarTime(long Seconds, uint Nanoseconds)
{
    /// <summary>The time in a header's field; beyond 64-bit seconds it is the next that there is, and <paramref name="clamped"/>.</summary>
    internal static TarTime OfField(Int128 seconds, out bool clamped)
    {
        var time = new TarTime((long)Int128.Clamp(seconds, long.MinValue, long.MaxValue), 0);
        clamped = time.Seconds != seconds;
        return time;
    }

    /// <summary>
    /// Reads "[-]SECONDS[.FRACTION]" (POSIX, pax, "mtime"), a time before 1970 counting its fraction backwards. As GNU tar does, it
    /// leaves alone what follows. Beyond 64-bit seconds it is the next time that there is, and <paramref name="clamped"/>.
    /// </summary>
    internal static bool TryRead(ReadOnlySpan<byte> text, out TarTime time, out bool clamped)
    {
        bool negative = text is [(byte)'-', ..];
        ReadOnlySpan<byte> digits = negative ? text[1..] : text;
        int length = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        ReadOnlySpan<byte> whole = length < 0 ? digits : digits[..length];
        time = default;
        clamped = false;
        if (whole.IsEmpty)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = whole;
        if (!TarNumber.TryTakeDecimal(ref rest, out ulong seconds) || seconds > long.MaxValue)
        {
            clamped = true;
            time = new TarTime(negative ? long.MinValue : long.MaxValue, 0);
            return true;
        }

        uint nanoseconds = Fraction(digits[whole.Length..], out bool more);
        time = !negative ? new TarTime((long)seconds, nanoseconds)
            : nanoseconds == 0 && !more ? new TarTime(-(long)seconds, 0)
            : new TarTime(-(long)seconds - 1, 1_000_000_000 - nanoseconds - (more ? 1u : 0u));
        return true;
    }

    /// <summary>Nanoseconds of ".FRACTION"; <paramref name="more"/> if smaller parts were cut off.</summary>
    private static uint Fraction(ReadOnlySpan<byte> text, out bool more)
    {
        more = false;
        uint nanoseconds = 0;
        if (text is not [(byte)'.', ..])
        {
            return 0;
        }

        uint unit = 100_000_000;
        foreach (byte digit in text[1..])
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                break;
            }

            nanoseconds += (uint)(digit - '0') * unit;
            more |= unit == 0 && digit != '0';
            unit /= 10;
        }

        return nanoseconds;
    }
}
