using System.IO.Enumeration;

namespace KHeadersFs.Archive.Tests;

/// <summary>A difference that is meant: in which cases, from which reader, and why. "*" stands for anything.</summary>
internal sealed record DecidedRow(string Case, string Reader, string Difference, string Reason)
{
    /// <summary>Whether something has matched: a row that nothing matches is stale.</summary>
    internal bool Used { get; private set; }

    internal bool Matches(string name, string reader, string difference)
    {
        bool matches = Like(Case, name) && Like(Reader, reader) && Like(Difference, difference);
        Used |= matches;
        return matches;
    }

    public override string ToString() => $"{Case} | {Reader} | {Difference} | {Reason}";

    // Names never hold a backslash that is not part of an \xNN, and "?" is what messages show for control characters.
    private static bool Like(string pattern, string text) =>
        FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), text, ignoreCase: false);
}
