namespace KHeadersFs.Tests;

/// <summary>
/// What a message has to say, by the words that decide: names of options, commands, files and settings of the kernel, numbers, what the C library
/// calls an errno, and an ordinary word only where nothing else tells this message from another one of the same command. The words have blanks
/// between them in the test; in the message they stand in any order. So a better sentence is no failure, and another message is one.
/// </summary>
internal static class Message
{
    /// <summary>It is one line about <paramref name="subject"/>, and nothing else.</summary>
    internal static void Is(string said, string subject, string words) => IsLine(said, $"kheadersfs: {subject}: ", words);

    /// <summary>It is one warning about <paramref name="subject"/>, and nothing else.</summary>
    internal static void IsWarning(string said, string subject, string words) => IsLine(said, $"kheadersfs: warning: {subject}: ", words);

    /// <summary>One of its lines has all words.</summary>
    internal static void Says(string? said, string words) => Assert.True(
        (said ?? "").Split('\n').Any(line => Has(line, words)), $"No line has all of the words \"{words}\":\n{said}");

    /// <summary>It has all words, each with no letter, digit or _ of another word beside it.</summary>
    internal static bool Has(string said, string words) =>
        words.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } all && Array.TrueForAll(all, word => HasOne(said, word));

    private static void IsLine(string said, string start, string words) => Assert.True(
        said.StartsWith(start, StringComparison.Ordinal) && said.IndexOf('\n', StringComparison.Ordinal) == said.Length - 1 && Has(said[start.Length..], words),
        $"Not one line that begins with \"{start}\" and has all of the words \"{words}\":\n{said}");

    private static bool HasOne(string said, string word)
    {
        for (int at = said.IndexOf(word, StringComparison.Ordinal); at >= 0; at = said.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            int end = at + word.Length;
            if (!(at > 0 && IsPart(word[0]) && IsPart(said[at - 1])) && !(end < said.Length && IsPart(word[^1]) && IsPart(said[end])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c is '_';
}
