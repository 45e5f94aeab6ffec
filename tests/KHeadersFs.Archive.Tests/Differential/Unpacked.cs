namespace KHeadersFs.Archive.Tests;

/// <summary>What a tar program has unpacked, and whether it found nothing wrong.</summary>
internal sealed record Unpacked(Listing Tree, bool Succeeded);
