using System.Globalization;
using System.Text;

namespace KHeadersFs.Posix;

/// <summary>
/// What names of any bytes become on a terminal and in a log: bytes that are not UTF-8, and characters that steer what shows them, become
/// <c>\xNN</c>, each of their bytes.
/// </summary>
internal static class PrintableText
{
    /// <summary>Appends <paramref name="bytes"/>.</summary>
    internal static void Append(StringBuilder line, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bool isText = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            if (isText && !Steers(rune.Value))
            {
                line.Append(rune.ToString());
            }
            else
            {
                foreach (byte value in bytes[..length])
                {
                    line.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                }
            }

            bytes = bytes[length..];
        }
    }

    /// <summary>
    /// Whether a character is no sign but does something: the controls C0 and C1 of ECMA-48, and what Unicode has to separate lines, turn the
    /// direction of writing (UAX #9, and CVE-2021-42574 for what that hides) or be seen by nobody.
    /// </summary>
    internal static bool Steers(int character) => character
        is < 0x20 or (>= 0x7F and < 0xA0)
        or 0xAD or 0x61C or 0x180E or 0xFEFF
        or (>= 0x200B and <= 0x200F)
        or (>= 0x2028 and <= 0x202E)
        or (>= 0x2060 and <= 0x206F)
        or (>= 0xFFF9 and <= 0xFFFB)
        or (>= 0xE0000 and <= 0xE007F);
}
