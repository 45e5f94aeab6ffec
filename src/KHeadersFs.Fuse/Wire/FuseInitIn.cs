namespace KHeadersFs.Fuse.Wire;

/// <summary>64 bytes. Body of INIT. Kernels before 7.36 send the first 16 bytes only.</summary>
internal unsafe struct FuseInitIn
{
    internal uint Major;
    internal uint Minor;
    internal uint MaxReadahead;
    internal uint Flags;
    internal uint Flags2;
    internal fixed uint Unused[11];
}
