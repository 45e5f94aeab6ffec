using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Where the bodies of files go while the archive is read. That an archive ends within a body is for its reader to find.
/// </summary>
internal interface IBodySink : IDisposable
{
    /// <summary>Takes the body that comes next in <paramref name="archive"/> and returns where it is.</summary>
    /// <param name="archive">What is not read of the body is passed over afterwards.</param>
    /// <param name="size">Size of the body in bytes, more than 0.</param>
    StoredBody Add(DecodedStream archive, long size);

    /// <summary>Takes the body of a file with holes and returns where it is.</summary>
    /// <param name="archive">What is not a hole comes next in it, one segment behind the other.</param>
    /// <param name="map">Where the segments belong in the file, which is larger than 0.</param>
    StoredBody AddSparse(DecodedStream archive, SparseMap map);

    /// <summary>Takes a body that is in memory, of more than 0 bytes, and returns where it is.</summary>
    StoredBody AddMade(ReadOnlySpan<byte> body);

    /// <summary>No more bodies come: all blocks are in the store when this returns.</summary>
    void Complete();
}
