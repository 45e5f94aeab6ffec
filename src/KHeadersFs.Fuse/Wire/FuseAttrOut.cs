namespace KHeadersFs.Fuse.Wire;

/// <summary>104 bytes. Reply to GETATTR.</summary>
internal struct FuseAttrOut
{
    internal ulong AttrValid;
    internal uint AttrValidNsec;
    internal uint Dummy;
    internal FuseAttr Attr;
}
