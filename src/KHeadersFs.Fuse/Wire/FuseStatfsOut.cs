namespace KHeadersFs.Fuse.Wire;

/// <summary>80 bytes. Reply to STATFS.</summary>
internal struct FuseStatfsOut
{
    internal FuseKstatfs St;
}
