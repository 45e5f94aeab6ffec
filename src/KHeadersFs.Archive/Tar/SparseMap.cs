using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Tar;

/// <summary>
/// Which parts of a sparse file stand in the archive, one behind the other; the rest are holes, which read as zeros (GNU tar,
/// "Storing Sparse Files": old GNU format, PAX formats 0.0, 0.1 and 1.0).
/// </summary>
internal sealed class SparseMap
{
    /// <summary>Bytes of a segment in GNU's format: offset and length, 12 bytes each.</summary>
    internal const int SegmentLength = 24;

    private readonly List<(long Offset, long Length)> _segments = [];

    /// <summary>Size of the file in bytes, its holes among them.</summary>
    internal long FileSize { get; set; } = -1;

    /// <summary>Offset in the file and length of each part that stands in the archive, in bytes.</summary>
    internal ReadOnlySpan<(long Offset, long Length)> Segments => CollectionsMarshal.AsSpan(_segments);

    /// <summary>Makes it a map of nothing.</summary>
    internal void Clear()
    {
        _segments.Clear();
        FileSize = -1;
    }

    /// <summary>Forgets the segments and keeps the size.</summary>
    internal void ClearSegments() => _segments.Clear();

    /// <summary>Appends a segment. An empty one, as stands at the end of most maps, says nothing.</summary>
    internal void Add(long offset, long length)
    {
        if (length > 0)
        {
            _segments.Add((offset, length));
        }
    }

    /// <summary>Appends the segments of a block of GNU's format; an empty one ends them. False if there is one that cannot be read.</summary>
    internal bool TryAddGnu(ReadOnlySpan<byte> segments)
    {
        for (; segments.Length >= SegmentLength; segments = segments[SegmentLength..])
        {
            if (segments[SegmentLength / 2] == 0)
            {
                return true;
            }

            if (!TryReadGnu(segments[..(SegmentLength / 2)], out long offset)
                || !TryReadGnu(segments[(SegmentLength / 2)..SegmentLength], out long length))
            {
                return false;
            }

            Add(offset, length);
        }

        return true;
    }

    /// <summary>Reads a size of GNU's format, 12 bytes.</summary>
    internal static bool TryReadGnu(ReadOnlySpan<byte> field, out long value)
    {
        bool read = TarNumber.TryReadField(field, out Int128 number) && number >= 0 && number <= long.MaxValue;
        value = read ? (long)number : 0;
        return read;
    }

    /// <summary>Makes the map that "OFFSET,LENGTH,OFFSET,..." tells (PAX format 0.1).</summary>
    internal bool TryReadList(ReadOnlySpan<byte> text)
    {
        ClearSegments();
        while (!text.IsEmpty)
        {
            if (!TryTake(ref text, out long offset) || !TryTake(ref text, out long length))
            {
                return false;
            }

            Add(offset, length);
        }

        return true;

        static bool TryTake(ref ReadOnlySpan<byte> text, out long value)
        {
            int comma = text.IndexOf((byte)',');
            bool read = TarNumber.TryReadDecimal(comma < 0 ? text : text[..comma], out value);
            text = comma < 0 ? [] : text[(comma + 1)..];
            return read;
        }
    }

    /// <summary>
    /// Whether the segments follow each other within the file, and are just what the archive holds. More data than segments would mean
    /// that each is padded, as GNU tar does for odd lengths that it never writes; so that is refused with what makes no sense at all.
    /// </summary>
    /// <param name="dataSize">Bytes of data behind the member's headers.</param>
    internal bool Fits(long dataSize)
    {
        long end = 0;
        foreach ((long offset, long length) in _segments)
        {
            if (offset < end || length > FileSize - offset)
            {
                return false;
            }

            end = offset + length;
            dataSize -= length;
        }

        return FileSize >= 0 && dataSize == 0;
    }
}
