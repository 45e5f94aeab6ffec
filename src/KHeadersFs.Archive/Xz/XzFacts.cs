using System.Globalization;
using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Xz;

/// <summary>What the index and the block headers of an .xz file tell (xz file format 1.2.1, 3.1 and 4).</summary>
/// <param name="Streams">Streams, empty ones too.</param>
/// <param name="Blocks">Blocks that decode to something.</param>
/// <param name="LargestBlock">What the largest of them decodes to, in bytes.</param>
/// <param name="Dictionary">The largest dictionary of any block, in bytes, as its header has it.</param>
/// <param name="Checks">The integrity checks of the streams, by xz(1)'s names.</param>
/// <param name="AreKept">Whether the store holds the blocks as they are; else the headers are packed anew.</param>
/// <param name="DecodedBytes">What all of them decode to, in bytes.</param>
/// <param name="DecoderBytes">About what decoding them takes, in bytes.</param>
public sealed record XzFacts(
    int Streams, int Blocks, long LargestBlock, long Dictionary, IReadOnlyList<string> Checks, bool AreKept, long DecodedBytes, long DecoderBytes)
{
    /// <summary>Reads the headers of all blocks.</summary>
    /// <exception cref="ArchiveException">One is damaged.</exception>
    internal static XzFacts Of(ArchiveSpool spool, XzIndex index)
    {
        long dictionary = 0;
        foreach (XzBlock block in index.Blocks)
        {
            dictionary = Math.Max(dictionary, XzBlockDecoder.DictionaryOf(spool.Stored(block), block.Check));
        }

        // No decoder looks back further than its block is long.
        long window = Math.Min(dictionary, index.LargestBlock);
        return new XzFacts(
            index.Streams,
            index.Blocks.Length,
            index.LargestBlock,
            dictionary,
            [.. index.Blocks.Select(static b => b.Check).Distinct().Select(NameOf)],
            OriginalBlocks.Suits(index),
            index.DecodedLength,

            // What several threads decode is given back late: so all of the archive counts.
            ParallelXzStream.Suits(index) ? ParallelXzStream.MemoryOf(index.LargestBlock, window) + spool.Bytes.Length : window);
    }

    private static string NameOf(int check) => check switch
    {
        0 => "None",
        1 => "CRC32",
        4 => "CRC64",
        10 => "SHA-256",
        _ => check.ToString(CultureInfo.InvariantCulture),
    };
}
