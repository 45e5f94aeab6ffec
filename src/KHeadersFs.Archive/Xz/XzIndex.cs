using System.Runtime.CompilerServices;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// The blocks of an .xz file, of all its streams, read from the indexes at the streams' ends. Headers, footers, indexes
/// and stream padding are checked on the way (liblzma's lzma_file_info_decoder).
/// </summary>
internal sealed unsafe class XzIndex
{
    private XzIndex(XzBlock[] blocks, int streams)
    {
        Blocks = blocks;
        Streams = streams;
        LargestBlock = blocks.Length == 0 ? 0 : blocks.Max(static b => b.DecodedSize);
        DecodedLength = blocks.Length == 0 ? 0 : blocks[^1].DecodedStart + blocks[^1].DecodedSize;
    }

    /// <summary>All blocks that decode to something, in file order.</summary>
    internal XzBlock[] Blocks { get; }

    /// <summary>Streams of the file, empty ones too.</summary>
    internal int Streams { get; }

    /// <summary>What the largest block decodes to, in bytes.</summary>
    internal long LargestBlock { get; }

    /// <summary>What the whole file decodes to, in bytes.</summary>
    internal long DecodedLength { get; }

    /// <summary>Reads the indexes of <paramref name="spool"/>.</summary>
    /// <exception cref="ArchiveException">Truncated, damaged, or beyond <paramref name="limits"/>.</exception>
    internal static XzIndex Read(ArchiveSpool spool, ArchiveLimits limits)
    {
        LibLzma.Stream stream = default;
        void* index = null;
        try
        {
            Check(LibLzma.FileInfoDecoder(&stream, &index, limits.IndexMemory, (ulong)spool.Bytes.Length));
            Decode(&stream, spool);
            var result = new XzIndex(ListBlocks(index), checked((int)LibLzma.IndexStreamCount(index)));
            if (result.DecodedLength > limits.DecodedBytes)
            {
                throw new ArchiveException(
                    $"decodes to {result.DecodedLength >> 20} MiB, more than {limits.DecodedBytes >> 20} MiB, so it is not a kernel's headers archive; "
                    + "-o limit_decoded=MIB allows more");
            }

            return result;
        }
        finally
        {
            LibLzma.End(&stream);
            LibLzma.IndexEnd(index, null);
        }
    }

    private static void Decode(LibLzma.Stream* stream, ArchiveSpool spool)
    {
        fixed (byte* bytes = spool.Bytes)
        {
            stream->NextIn = bytes;
            stream->AvailIn = (nuint)spool.Bytes.Length;
            LibLzma.Result result;
            while ((result = LibLzma.Code(stream, LibLzma.Action.Finish)) != LibLzma.Result.StreamEnd)
            {
                if (result == LibLzma.Result.SeekNeeded)
                {
                    stream->NextIn = bytes + stream->SeekPosition;
                    stream->AvailIn = (nuint)spool.Bytes.Length - (nuint)stream->SeekPosition;
                }
                else
                {
                    Check(result);
                }
            }
        }
    }

    private static XzBlock[] ListBlocks(void* index)
    {
        var blocks = new List<XzBlock>(checked((int)LibLzma.IndexBlockCount(index)));
        LibLzma.IndexIter iter;
        Unsafe.SkipInit(out iter);
        LibLzma.IndexIterInit(&iter, index);
        while (LibLzma.IndexIterNext(&iter, LibLzma.IterateNonEmptyBlocks) == 0)
        {
            int check = iter.StreamFlags->Check;
            if (LibLzma.CheckIsSupported(check) == 0)
            {
                throw new ArchiveException($"uses integrity check {check}, which this liblzma cannot verify; re-pack it with xz");
            }

            blocks.Add(new XzBlock(
                (long)iter.BlockCompressedFileOffset,
                (long)iter.BlockUnpaddedSize,
                (long)iter.BlockTotalSize,
                (long)iter.BlockUncompressedFileOffset,
                (long)iter.BlockUncompressedSize,
                check));
        }

        return [.. blocks];
    }

    private static void Check(LibLzma.Result result)
    {
        switch (result)
        {
            case LibLzma.Result.Ok:
                return;
            case LibLzma.Result.MemError:
                throw new InsufficientMemoryException("reading the index of an .xz file");
            case LibLzma.Result.MemLimitError:
                throw new ArchiveException("has an index of more blocks than any headers archive; -o limit_index=MIB allows more");
            case LibLzma.Result.OptionsError:
                throw new ArchiveException("is an .xz file of a kind that this liblzma does not know; re-pack it with xz");
            default:
                throw ArchiveException.Damaged("the index at its end cannot be read");
        }
    }
}
