using System.Text;
using KHeadersFs.Posix;

namespace KHeadersFs.Archive;

/// <summary>Names of an archive in messages of one line.</summary>
internal static class PrintableName
{
    /// <summary>A name of more bytes is cut in its middle.</summary>
    private const int MaxBytes = 120;

    /// <summary>
    /// <paramref name="name"/> as <see cref="PrintableText"/>; the middle of a long name becomes "...".
    /// </summary>
    internal static string Of(ReadOnlySpan<byte> name)
    {
        var line = new StringBuilder();
        if (name.Length <= MaxBytes)
        {
            PrintableText.Append(line, name);
        }
        else
        {
            PrintableText.Append(line, name[..80]);
            line.Append("...");
            PrintableText.Append(line, name[^36..]);
        }

        return line.ToString();
    }
}
