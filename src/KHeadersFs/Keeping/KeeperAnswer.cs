using KHeadersFs.Posix;

namespace KHeadersFs.Keeping;

/// <summary>What became of an order.</summary>
/// <param name="Places">The directories where the mount is not mounted any more.</param>
/// <param name="Complaints">What could not be done, each as a sentence for the log.</param>
internal sealed record KeeperAnswer(IReadOnlyList<string> Places, IReadOnlyList<string> Complaints)
{
    /// <summary>The longest message, in bytes: more than 500 places can fill.</summary>
    internal const int Capacity = 64 << 10;

    private const char Separator = '\0';
    private const char Place = '+';
    private const char Complaint = '-';

    /// <summary>Nothing was to be done.</summary>
    internal static KeeperAnswer Nothing { get; } = new([], []);

    /// <summary>Reads what <see cref="ToBytes"/> has written.</summary>
    internal static KeeperAnswer Parse(ReadOnlySpan<byte> bytes)
    {
        string[] lines = PathText.FromBytes(bytes).Split(Separator, StringSplitOptions.RemoveEmptyEntries);
        return new KeeperAnswer(Of(lines, Place), Of(lines, Complaint));
    }

    /// <summary>Text, each line with a sign before it and a zero byte after it. What does not fit is left out.</summary>
    internal byte[] ToBytes()
    {
        IEnumerable<string> lines = [.. Places.Select(static p => Place + p), .. Complaints.Select(static c => Complaint + c)];
        byte[] bytes = PathText.GetBytes(string.Concat(lines.Select(static line => line + Separator)) + Separator);
        return bytes[..Math.Min(bytes.Length, Capacity)];
    }

    private static string[] Of(string[] lines, char sign) => [.. lines.Where(line => line[0] == sign).Select(static line => line[1..])];
}
