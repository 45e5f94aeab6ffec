namespace KHeadersFs.Archive.Tree;

/// <summary>Permission bits as served: everybody can read everything.</summary>
internal static class Permissions
{
    /// <summary>0777, as symlinks have.</summary>
    internal const ushort All = 0x1FF;

    /// <summary>0755, so that whoever copies a tree with its modes can fill the copy, and remove it. The mount itself is read-only.</summary>
    internal const ushort OfDirectory = 0x1ED;

    /// <summary>a+rX: before 6.10 the archive's modes follow its builder's umask. Who may execute is all or nobody.</summary>
    internal static ushort OfFile(bool isExecutable) => (ushort)(0x124 | (isExecutable ? 0x49 : 0));
}
