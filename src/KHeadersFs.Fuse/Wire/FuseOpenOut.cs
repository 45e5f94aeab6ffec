namespace KHeadersFs.Fuse.Wire;

/// <summary>16 bytes. Reply to OPEN and OPENDIR. <see cref="OpenFlags"/> are <see cref="FuseOpenFlags"/>.</summary>
internal struct FuseOpenOut
{
    internal ulong Fh;
    internal uint OpenFlags;

    /// <summary>A file to pass reads through to (FOPEN_PASSTHROUGH), since 7.40; before that it was padding. 0 here.</summary>
    internal int BackingId;
}
