namespace KHeadersFs.Archive;

/// <summary>
/// An archive or a store that cannot be used. The message is one line for people, without the archive's name: it says
/// what is wrong and what to do, and reads on after "NAME: ".
/// </summary>
public sealed class ArchiveException : Exception
{
    /// <summary>An archive that cannot be used, for the reason in <paramref name="message"/>.</summary>
    public ArchiveException(string message)
        : base(message)
    {
    }

    /// <summary>An archive that cannot be used, for the reason in <paramref name="message"/>, found by <paramref name="inner"/>.</summary>
    public ArchiveException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The archive ends early or a checksum disagrees: <paramref name="what"/> says where it shows.</summary>
    internal static ArchiveException Damaged(string what) =>
        new($"is truncated or damaged ({what}); take a fresh copy of it");

    /// <summary>A store that is not as it was written; reads on after its name.</summary>
    internal static ArchiveException DamagedStore(string what) => new($"is damaged ({what})");
}
