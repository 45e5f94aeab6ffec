namespace KHeadersFs.Fuse.Wire;

/// <summary>
/// 128 bytes. Reply to LOOKUP; node id 0 says that the name is absent, for <see cref="EntryValid"/> seconds.
/// </summary>
internal struct FuseEntryOut
{
    internal ulong Nodeid;
    internal ulong Generation;
    internal ulong EntryValid;
    internal ulong AttrValid;
    internal uint EntryValidNsec;
    internal uint AttrValidNsec;
    internal FuseAttr Attr;
}
