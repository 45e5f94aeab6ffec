namespace KHeadersFs.Fuse.Wire;

/// <summary>152 bytes. One entry of READDIRPLUS; the name follows, padded with zeros to 8 bytes.</summary>
internal struct FuseDirentplus
{
    internal FuseEntryOut EntryOut;
    internal FuseDirent Dirent;
}
