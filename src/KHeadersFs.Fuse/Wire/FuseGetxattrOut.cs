namespace KHeadersFs.Fuse.Wire;

/// <summary>8 bytes. Reply to LISTXATTR and GETXATTR that ask for the length only.</summary>
internal struct FuseGetxattrOut
{
    internal uint Size;
    internal uint Padding;
}
