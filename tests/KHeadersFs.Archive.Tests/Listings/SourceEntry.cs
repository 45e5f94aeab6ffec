namespace KHeadersFs.Archive.Tests;

/// <summary>An entry of a tree that a tar program is to pack. Text is Latin-1.</summary>
/// <param name="Path">Below the tree's root; its directory comes before it.</param>
/// <param name="Kind">'d', 'f', 'l' or, for a hard link to an earlier file, 'h'.</param>
/// <param name="Target">A symlink's target, or the path that a hard link is another name of.</param>
/// <param name="Content">A file's bytes.</param>
/// <param name="Executable">Whether a file may be executed.</param>
/// <param name="Seconds">mtime.</param>
/// <param name="Nanoseconds">mtime, within the second.</param>
internal sealed record SourceEntry(
    string Path, char Kind, string Target, byte[] Content, bool Executable = false, long Seconds = RawTar.Time, uint Nanoseconds = 0)
{
    internal static SourceEntry Directory(string path) => new(path, 'd', "", []);

    internal static SourceEntry File(string path, byte[] content) => new(path, 'f', "", content);

    internal static SourceEntry File(string path, string content = "x") => File(path, RawTar.Latin1(content));

    internal static SourceEntry Symlink(string path, string target) => new(path, 'l', target, []);

    internal static SourceEntry HardLink(string path, string existing) => new(path, 'h', existing, []);

    public override string ToString() =>
        $"{Kind} {ListedNode.Show(Path)} {ListedNode.Show(Target)} {Content.Length} {Seconds}.{Nanoseconds:D9}{(Executable ? " x" : "")}";
}
