namespace KHeadersFs.Fuse.Wire;

/// <summary>40 bytes. Body of READ, READDIR and READDIRPLUS.</summary>
internal struct FuseReadIn
{
    internal ulong Fh;
    internal ulong Offset;
    internal uint Size;
    internal uint ReadFlags;
    internal ulong LockOwner;
    internal uint Flags;
    internal uint Padding;
}
