namespace KHeadersFs.Fuse.Wire;

/// <summary>8 bytes. Body of LISTXATTR, and of GETXATTR before the name. <see cref="Size"/> 0 asks for the length only.</summary>
internal struct FuseGetxattrIn
{
    internal uint Size;
    internal uint Padding;
}
