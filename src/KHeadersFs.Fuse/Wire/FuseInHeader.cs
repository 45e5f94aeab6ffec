namespace KHeadersFs.Fuse.Wire;

/// <summary>
/// 40 bytes. Starts every request. <see cref="TotalExtlen"/> counts units of 8 bytes at the request's end (7.38;
/// zero padding before).
/// </summary>
internal struct FuseInHeader
{
    internal uint Len;
    internal uint Opcode;
    internal ulong Unique;
    internal ulong Nodeid;
    internal uint Uid;
    internal uint Gid;
    internal uint Pid;
    internal ushort TotalExtlen;
    internal ushort Padding;
}
