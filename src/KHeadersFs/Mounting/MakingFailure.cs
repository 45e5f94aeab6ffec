namespace KHeadersFs.Mounting;

/// <summary>A directory that could not be made, or cannot be written to.</summary>
/// <param name="Path">Which.</param>
/// <param name="Error">errno.</param>
internal sealed record MakingFailure(string Path, int Error);
