namespace KHeadersFs.Doctor;

/// <summary>The place that a tool takes.</summary>
/// <param name="Source">Where it takes headers.</param>
/// <param name="Build">Where it takes those that are generated; the same but for a split tree.</param>
/// <param name="Variable">The variable that names it; null for none.</param>
internal sealed record TakenPlace(string Source, string Build, string? Variable)
{
    /// <summary>Whether one directory is to have all.</summary>
    internal bool IsOne => string.Equals(Source, Build, StringComparison.Ordinal);
}
