namespace KHeadersFs.Fuse.Wire;

/// <summary>64 bytes. Reply to INIT; this size since 7.23, later fields came out of the reserved ones.</summary>
internal unsafe struct FuseInitOut
{
    internal uint Major;
    internal uint Minor;
    internal uint MaxReadahead;
    internal uint Flags;
    internal ushort MaxBackground;
    internal ushort CongestionThreshold;
    internal uint MaxWrite;
    internal uint TimeGran;
    internal ushort MaxPages;
    internal ushort MapAlignment;
    internal uint Flags2;
    internal uint MaxStackDepth;
    internal ushort RequestTimeout;
    internal fixed ushort Unused[11];
}
