namespace KHeadersFs.Archive.Tar;

/// <summary>The numbers of tar: octal in headers (POSIX ustar) or base-256 (GNU tar, "Extensions"), decimal in PAX records.</summary>
internal static class TarNumber
{
    /// <summary>
    /// Reads a field of a header: octal digits between blanks, closed by a blank or NUL, or two's complement of base 256 where the
    /// first byte is 0x80 or 0xFF. A field of NULs is 0. False for blanks alone and for what is no number.
    /// </summary>
    internal static bool TryReadField(ReadOnlySpan<byte> field, out Int128 value)
    {
        value = 0;
        if (field[0] is 0x80 or 0xFF)
        {
            value = field[0] == 0xFF ? -1 : 0;
            foreach (byte digits in field[1..])
            {
                value = (value << 8) | digits;
            }

            return true;
        }

        int at = 0;
        while (at < field.Length && IsBlank(field[at]))
        {
            at++;
        }

        if (at == field.Length)
        {
            return false;
        }

        for (; at < field.Length && field[at] is >= (byte)'0' and <= (byte)'7'; at++)
        {
            value = (value << 3) | (uint)(field[at] - '0');
        }

        return at == field.Length || field[at] == 0 || IsBlank(field[at]);
    }

    /// <summary>Reads digits from the front of <paramref name="text"/> and passes them; false if there are none, or 2^64 and more.</summary>
    internal static bool TryTakeDecimal(ref ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        int length = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        ReadOnlySpan<byte> digits = length < 0 ? text : text[..length];
        foreach (byte digit in digits)
        {
            UInt128 next = ((UInt128)value * 10) + (uint)(digit - '0');
            if (next > ulong.MaxValue)
            {
                return false;
            }

            value = (ulong)next;
        }

        text = text[digits.Length..];
        return !digits.IsEmpty;
    }

    /// <summary>Reads a text that is a number of up to 2^63 - 1 and nothing else.</summary>
    internal static bool TryReadDecimal(ReadOnlySpan<byte> text, out long value)
    {
        bool read = TryTakeDecimal(ref text, out ulong number);
        value = (long)number;
        return read && text.IsEmpty && number <= long.MaxValue;
    }

    /// <summary>What isspace(3) takes for a blank.</summary>
    private static bool IsBlank(byte value) => value is (byte)' ' or (>= (byte)'\t' and <= (byte)'\r');
}
