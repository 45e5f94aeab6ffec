using System.Text;

namespace KHeadersFs;

/// <summary>Words in lines that fit a terminal's 80 columns.</summary>
internal static class WrappedText
{
    private const int Width = 80;

    /// <summary>Appends words behind what is in the line already, which ends at <paramref name="column"/>; further lines begin there.</summary>
    internal static void Append(StringBuilder text, int column, string words)
    {
        int end = column;
        foreach (string word in words.Split(' '))
        {
            if (end > column && end + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', column);
                end = column;
            }

            if (end > column)
            {
                text.Append(' ');
                end++;
            }

            text.Append(word);
            end += word.Length;
        }

        text.Append('\n');
    }
}
