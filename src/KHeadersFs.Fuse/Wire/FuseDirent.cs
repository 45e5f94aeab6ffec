namespace KHeadersFs.Fuse.Wire;

/// <summary>
/// 24 bytes. One entry of READDIR; the name follows, padded with zeros to 8 bytes. <see cref="Off"/> is where the
/// next entry starts.
/// </summary>
internal struct FuseDirent
{
    internal ulong Ino;
    internal ulong Off;
    internal uint Namelen;
    internal uint Type;
}
