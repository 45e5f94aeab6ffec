namespace KHeadersFs.Archive.Tar;

/// <summary>
/// Reads the maps of sparse files that stand behind a member's header: of GNU's own format and of PAX format 1.0 (GNU tar, "Storing
/// Sparse Files"). False where a map makes no sense.
/// </summary>
internal static class SparseMapReader
{
    /// <summary>Offset of what tells in a block of GNU's format whether one more follows; before it are 21 segments.</summary>
    private const int HasMoreOffset = 21 * SparseMap.SegmentLength;

    /// <summary>The most digits of a number below 2^63.</summary>
    private const int MaxDigits = 19;

    /// <summary>Reads a map of GNU's format: four segments in the header, more in blocks behind it.</summary>
    internal static bool TryReadGnu(HeaderReader headers, SparseMap map)
    {
        TarHeader header = headers.Header;
        map.Clear();
        bool isSound = SparseMap.TryReadGnu(header.SparseSize, out long fileSize) && map.TryAddGnu(header.SparseSegments);
        map.FileSize = fileSize;
        Span<byte> more = stackalloc byte[TarHeader.BlockSize];
        for (bool hasMore = header.HasMoreSegments; hasMore && isSound; hasMore = more[HasMoreOffset] != 0)
        {
            headers.ReadMore(more);
            isSound = map.TryAddGnu(more[..HasMoreOffset]);
        }

        return isSound;
    }

    /// <summary>
    /// Reads a map of PAX format 1.0 from the front of a member's data: the number of segments, then offset and length of each, in
    /// decimal, each on a line, padded to whole blocks.
    /// </summary>
    /// <param name="headers">Where the data are.</param>
    /// <param name="map">Takes the segments.</param>
    /// <param name="size">Bytes of data, afterwards without the map.</param>
    internal static bool TryReadPax(HeaderReader headers, SparseMap map, ref long size)
    {
        Span<byte> block = stackalloc byte[TarHeader.BlockSize];
        map.ClearSegments();
        long count = -1; // numbers still to come; -1 before the number of segments
        long offset = -1; // of a segment whose length is still to come
        ulong value = 0;
        int digits = 0;
        while (count != 0)
        {
            if (size < block.Length)
            {
                return false;
            }

            headers.ReadMore(block);
            size -= block.Length;
            for (int i = 0; i < block.Length && count != 0; i++)
            {
                if (block[i] is >= (byte)'0' and <= (byte)'9' && ++digits <= MaxDigits)
                {
                    value = (value * 10) + (uint)(block[i] - '0');
                    continue;
                }

                if (block[i] != '\n' || digits == 0 || value > (count < 0 ? int.MaxValue : (ulong)long.MaxValue))
                {
                    return false;
                }

                Take(map, (long)value, ref count, ref offset);
                (value, digits) = (0, 0);
            }
        }

        return true;
    }

    private static void Take(SparseMap map, long number, ref long count, ref long offset)
    {
        if (count < 0)
        {
            count = 2 * number;
            return;
        }

        count--;
        if (offset < 0)
        {
            offset = number;
        }
        else
        {
            map.Add(offset, number);
            offset = -1;
        }
    }
}
