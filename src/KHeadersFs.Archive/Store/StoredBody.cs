namespace KHeadersFs.Archive.Store;

/// <summary>Where the body of a file is, and what it is.</summary>
/// <param name="Position">Its position in the body space, in bytes.</param>
/// <param name="Checksum">CRC-64 (of the .xz format) of its bytes, those of a hole being its length.</param>
internal readonly record struct StoredBody(ulong Position, ulong Checksum);
