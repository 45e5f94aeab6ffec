namespace KHeadersFs.Archive.Views;

/// <summary>What a view has made of a body.</summary>
/// <param name="File">What the tree has now, or null.</param>
/// <param name="Fault">Why it is left out, to follow its name; null if it is not.</param>
internal readonly record struct TakenBody(MadeFile? File, string? Fault = null)
{
    /// <summary>It may come at the end.</summary>
    internal static TakenBody Later => default;
}
