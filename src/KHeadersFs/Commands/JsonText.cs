using System.Globalization;
using System.Text;
using KHeadersFs.Posix;

namespace KHeadersFs.Commands;

/// <summary>Values as JSON (RFC 8259). The base class library's writer would cost the program 200 KB.</summary>
internal static class JsonText
{
    /// <summary>A number, or null.</summary>
    internal static string Of(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "null";

    /// <summary>
    /// A string, or null. Characters that steer a terminal (<see cref="PrintableText"/>) are "\uNNNN", and so is what stands for a byte that is not UTF-8
    /// (<see cref="PathText"/>): a lone surrogate, which Python's os.fsencode makes a byte again.
    /// </summary>
    internal static string Of(string? value)
    {
        if (value is null)
        {
            return "null";
        }

        var text = new StringBuilder("\"");
        for (int i = 0; i < value.Length; i++)
        {
            bool isPair = char.IsHighSurrogate(value[i]) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]);
            if (isPair)
            {
                text.Append(value[i]).Append(value[++i]);
            }
            else if (value[i] is '"' or '\\')
            {
                text.Append('\\').Append(value[i]);
            }
            else if (PrintableText.Steers(value[i]) || char.IsSurrogate(value[i]))
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)value[i]:x4}");
            }
            else
            {
                text.Append(value[i]);
            }
        }

        return text.Append('"').ToString();
    }
}
