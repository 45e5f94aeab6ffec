namespace KHeadersFs.Archive.Tests;

/// <summary>What a listing says of a name.</summary>
/// <param name="Kind">'d', 'f' or 'l', as find(1) prints it.</param>
/// <param name="Size">Bytes of a file; 0 for what has none.</param>
/// <param name="Executable">A file that somebody may execute.</param>
/// <param name="Target">A symlink's target, Latin-1.</param>
/// <param name="First">The first name of the same inode; the path itself unless it is a hard link.</param>
/// <param name="Content">A digest of a file's bytes; empty when they could not be read.</param>
/// <param name="Seconds">mtime; null where it says nothing.</param>
/// <param name="Nanoseconds">mtime, within the second.</param>
internal sealed record ListedNode(
    char Kind, long Size, bool Executable, string Target, string First, string Content, long? Seconds, uint Nanoseconds)
{
    /// <summary>What is different in <paramref name="actual"/>, in words; nothing when equal.</summary>
    internal IEnumerable<string> Differences(ListedNode actual)
    {
        if (Kind != actual.Kind)
        {
            return [$"{actual.Kind}, not {Kind}"];
        }

        List<string> differences = [];
        Compare("size", Size, actual.Size);
        Compare("executable", Executable, actual.Executable);
        Compare("target", Show(Target), Show(actual.Target));
        Compare("first name", Show(First), Show(actual.First));
        if (Size == actual.Size && Content.Length > 0 && !string.Equals(Content, actual.Content, StringComparison.Ordinal))
        {
            differences.Add("content");
        }

        if (Seconds is { } && actual.Seconds is { })
        {
            Compare("time", $"{Seconds}.{Nanoseconds:D9}", $"{actual.Seconds}.{actual.Nanoseconds:D9}");
        }

        return differences;

        void Compare<T>(string what, T expected, T found)
        {
            if (!EqualityComparer<T>.Default.Equals(expected, found))
            {
                differences.Add($"{what} {found}, not {expected}");
            }
        }
    }

    /// <summary>Latin-1 bytes as a short printable text.</summary>
    internal static string Show(string bytes)
    {
        string text = string.Concat(bytes.Select(static c => c is > ' ' and < '\u007f' and not '\\' ? $"{c}" : $"\\x{(int)c:x2}"));
        return text.Length <= 60 ? text : $"{text[..25]}..{bytes.Length}..{text[^20..]}";
    }
}
