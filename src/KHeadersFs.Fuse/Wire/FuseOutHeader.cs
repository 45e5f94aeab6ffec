namespace KHeadersFs.Fuse.Wire;

/// <summary>16 bytes. Starts every reply. <see cref="Error"/> is zero or a negated errno above -512.</summary>
internal struct FuseOutHeader
{
    internal uint Len;
    internal int Error;
    internal ulong Unique;
}
