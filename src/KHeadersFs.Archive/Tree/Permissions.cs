namespace KHeadersFs.Archive.Tree;

/// <summary>Permission bits as served: readable by everybody, writable by nobody.</summary>
internal static class Permissions
{
    /// <summary>0777, as symlinks have.</summary>
    internal const ushort All = 0x1FF;

    /// <summary>a+rX: before 6.10 the archive's modes follow its builder's umask. Who may execute is all or nobody.</summary>
    internal static ushort OfMember(bool isExecutable) => (ushort)(0x124 | (isExecutable ? 0x49 : 0));
}
