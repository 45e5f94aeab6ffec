namespace KHeadersFs.Fuse.Wire;

/// <summary>16 bytes. Body of GETATTR.</summary>
internal struct FuseGetattrIn
{
    internal uint GetattrFlags;
    internal uint Dummy;
    internal ulong Fh;
}
