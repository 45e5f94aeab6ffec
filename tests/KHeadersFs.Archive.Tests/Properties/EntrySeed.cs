namespace KHeadersFs.Archive.Tests;

/// <summary>What FsCheck picks for an entry, before it is known where in the tree there is a place for it.</summary>
/// <param name="Place">Which directory (or file, for a hard link), among those that are there.</param>
/// <param name="Name">Any bytes but '/' and NUL.</param>
/// <param name="Kind">As in <see cref="SourceEntry"/>.</param>
/// <param name="Target">Of a symlink.</param>
/// <param name="Content">Of a file.</param>
/// <param name="Executable">Of a file.</param>
/// <param name="Seconds">mtime; a format that cannot say it gets another one.</param>
/// <param name="Eighths">of a second: exact in Python's floating point.</param>
internal sealed record EntrySeed(
    int Place, string Name, char Kind, string Target, byte[] Content, bool Executable, long Seconds, int Eighths);
