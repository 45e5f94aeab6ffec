namespace KHeadersFs.Archive.Tar;

/// <summary>What a member of a tar is.</summary>
internal enum MemberKind
{
    /// <summary>A regular file, maybe a sparse one.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symlink.</summary>
    Symlink,

    /// <summary>One more name of an earlier member.</summary>
    HardLink,

    /// <summary>A device or a pipe.</summary>
    Special,

    /// <summary>The name of the whole archive (GNU tar --label).</summary>
    VolumeLabel,

    /// <summary>The rest of a file of another volume (GNU tar --multi-volume).</summary>
    Continuation,
}
