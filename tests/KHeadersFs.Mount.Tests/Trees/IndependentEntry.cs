namespace KHeadersFs.Mount.Tests;

/// <summary>What SharpCompress says of a member.</summary>
/// <param name="IsDirectory">A directory.</param>
/// <param name="Size">Bytes of a file.</param>
/// <param name="Content">SHA-256 of a file's bytes.</param>
/// <param name="Target">Of a symlink or a hard link: it does not tell which.</param>
/// <param name="Modified">mtime.</param>
internal sealed record IndependentEntry(bool IsDirectory, long Size, string Content, string? Target, DateTime? Modified);
