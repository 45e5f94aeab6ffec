namespace KHeadersFs.Archive.Tree;

/// <summary>Writes the bytes of one array of a table to a store, or fills them from it.</summary>
internal delegate void PartAction(Span<byte> part);
