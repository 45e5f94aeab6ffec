using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace KHeadersFs.Posix;

/// <summary>
/// Paths, arguments and variables are bytes to the kernel and strings here, without loss: a byte that is not part of valid UTF-8 is the
/// lone surrogate U+DC00 + byte, as in Python (PEP 383). No valid UTF-8 decodes to one of those, so each string has one form in bytes.
/// </summary>
internal static class PathText
{
    private const char FirstEscape = '\uDC80';
    private const char LastEscape = '\uDCFF';

    /// <summary>The string that stands for <paramref name="bytes"/>, which hold no zero.</summary>
    internal static string FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length);
            if (status == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte invalid in bytes[..length])
                {
                    text.Append((char)(FirstEscape - 0x80 + invalid));
                }
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>The bytes that <paramref name="text"/> stands for.</summary>
    internal static byte[] GetBytes(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange(FirstEscape, LastEscape) < 0)
        {
            return Encoding.UTF8.GetBytes(text);
        }

        var bytes = new List<byte>(text.Length);
        Span<byte> encoded = stackalloc byte[4];
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out Rune rune, out int length) != OperationStatus.Done && rest[0] is >= FirstEscape and <= LastEscape)
            {
                bytes.Add((byte)(rest[0] - FirstEscape + 0x80));
            }
            else
            {
                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            }

            rest = rest[length..];
        }

        return [.. bytes];
    }

    /// <summary>For people and logs: <see cref="PrintableText"/>.</summary>
    internal static string Printable(string text)
    {
        if (!text.Any(static c => char.IsSurrogate(c) || PrintableText.Steers(c)))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length);
        PrintableText.Append(shown, GetBytes(text));
        return shown.ToString();
    }
}
