namespace KHeadersFs.Archive.Tests;

/// <summary>What became of a tar.</summary>
/// <param name="Gnu">What GNU tar unpacks.</param>
/// <param name="Bsd">What bsdtar unpacks.</param>
/// <param name="Served">What the store holds; null when it is refused.</param>
/// <param name="Refusal">Why it is refused.</param>
/// <param name="Warnings">What was said while the store was built.</param>
internal sealed record CaseResult(Unpacked Gnu, Unpacked Bsd, Listing? Served, string? Refusal, IReadOnlyList<string> Warnings)
{
    internal IEnumerable<string> Differences(string reader)
    {
        Unpacked expected = reader is "gnu" ? Gnu : Bsd;
        return Served is null
            ? [$"{(expected.Succeeded ? "refused" : "refused, an error there too")}: {Refusal}"]
            : expected.Tree.Differences(Served);
    }
}
