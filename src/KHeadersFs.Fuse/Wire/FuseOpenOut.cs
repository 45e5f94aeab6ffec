namespace KHeadersFs.Fuse.Wire;

/// <summary>16 bytes. Reply to OPEN and OPENDIR. <see cref="OpenFlags"/> are <see cref="FuseOpenFlags"/>.</summary>
internal struct FuseOpenOut
{
    internal ulong Fh;
    internal uint OpenFlags;
    internal uint Padding;
}
