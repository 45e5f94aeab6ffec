using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Views;

/// <summary>
/// What of an archive gets into the tree, by which names and with which contents. This one takes all as it is. A view is for one archive:
/// it remembers what it has seen.
/// </summary>
public class ArchiveView
{
    /// <summary>The largest file that a view reads to change it or to learn from it, in bytes.</summary>
    internal const long MaxBody = 4 << 20;

    /// <summary>What a kept store has in its name so that it is not taken for one of another view; empty for all as it is.</summary>
    internal virtual string CacheKeySuffix => "";

    /// <summary>Whether most bodies are served as they are, so that blocks of the archive can be kept.</summary>
    internal virtual bool KeepsBodies => true;

    /// <summary>The error for an archive of which no header is in the view.</summary>
    internal virtual string NoHeaders => "holds no C headers; give a kheaders.tar.xz";

    /// <summary>The name of a member in the tree, valid until the next call; empty for one that is not in it.</summary>
    internal virtual ReadOnlySpan<byte> NameOf(in TarMember member) => member.Name;

    /// <summary>The name that a hard link's target has in the tree, valid until the next call; empty for one that is not in it.</summary>
    internal virtual ReadOnlySpan<byte> TargetOf(in TarMember member) => member.LinkName;

    /// <summary>Whether a member is in the tree only where no other has its name.</summary>
    internal virtual bool GivesWay(in TarMember member) => false;

    /// <summary>Whether <see cref="Take"/> is to have a file's body.</summary>
    /// <param name="name">Its name in the tree.</param>
    internal virtual bool Takes(ReadOnlySpan<byte> name) => false;

    /// <summary>What the tree has as the body of a file; <see cref="TakenBody.Later"/> for one that <see cref="Complete"/> decides on.</summary>
    internal virtual TakenBody Take(MadeFile file) => new(file);

    /// <summary>After the last member: what else is in the tree, where nothing of the archive has its name.</summary>
    internal virtual IEnumerable<MadeFile> Complete(Action<string> warn) => [];
}
