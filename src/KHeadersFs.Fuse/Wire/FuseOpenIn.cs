namespace KHeadersFs.Fuse.Wire;

/// <summary>8 bytes. Body of OPEN and OPENDIR. <see cref="Flags"/> are those of open(2).</summary>
internal struct FuseOpenIn
{
    internal uint Flags;
    internal uint OpenFlags;
}
