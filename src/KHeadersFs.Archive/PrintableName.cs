using System.Buffers;
using System.Globalization;
using System.Text;

namespace KHeadersFs.Archive;

/// <summary>Names of an archive in messages of one line.</summary>
internal static class PrintableName
{
    /// <summary>A name of more bytes is cut in its middle.</summary>
    private const int MaxBytes = 120;

    /// <summary>
    /// <paramref name="name"/> as UTF-8. Control characters and bytes that are not UTF-8 become "\xNN", each byte of them; the middle of
    /// a long name becomes "...".
    /// </summary>
    internal static string Of(ReadOnlySpan<byte> name)
    {
        var line = new StringBuilder();
        if (name.Length <= MaxBytes)
        {
            Append(line, name);
        }
        else
        {
            Append(line, name[..80]);
            line.Append("...");
            Append(line, name[^36..]);
        }

        return line.ToString();
    }

    private static void Append(StringBuilder line, ReadOnlySpan<byte> name)
    {
        while (!name.IsEmpty)
        {
            bool isText = Rune.DecodeFromUtf8(name, out Rune rune, out int length) == OperationStatus.Done
                && !Rune.IsControl(rune);
            if (isText)
            {
                line.Append(rune.ToString());
            }
            else
            {
                foreach (byte value in name[..length])
                {
                    line.Append(CultureInfo.InvariantCulture, $"\\x{value:X2}");
                }
            }

            name = name[length..];
        }
    }
}
