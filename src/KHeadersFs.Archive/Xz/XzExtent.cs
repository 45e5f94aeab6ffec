using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Finds an .xz file in the midst of other bytes: each of its streams has a header and a footer with magic bytes and a checksum (xz file
/// format 1.2.1, 2.1). What lies between is not decoded, so the time does not depend on what the bytes are.
/// </summary>
internal static unsafe class XzExtent
{
    /// <summary>Bytes of a stream's header, and of its footer.</summary>
    private const int EdgeSize = 12;

    /// <summary>Streams, and the padding between them, are a multiple of four bytes long.</summary>
    private const int Unit = 4;

    private static ReadOnlySpan<byte> FooterMagic => "YZ"u8;

    /// <summary>Where the first .xz file is, all of its streams; null where there is none, or its end is missing.</summary>
    internal static Range? Find(ReadOnlySpan<byte> bytes)
    {
        LibLzma.StreamFlags flags;
        int start = FindHeader(bytes, &flags);
        if (start < 0)
        {
            return null;
        }

        int end = start;
        int next = start;
        while (next >= 0 && FindFooter(bytes, next, &flags) is >= 0 and int footer)
        {
            end = footer + EdgeSize;
            next = NextStream(bytes, end, &flags);
        }

        return end > start ? start..end : null;
    }

    private static int FindHeader(ReadOnlySpan<byte> bytes, LibLzma.StreamFlags* flags)
    {
        int at = 0;
        while (bytes[at..].IndexOf(FileFormats.XzMagic) is >= 0 and int distance)
        {
            at += distance;
            if (IsHeader(bytes, at, flags))
            {
                return at;
            }

            at++;
        }

        return -1;
    }

    /// <summary>The footer of the stream that begins at <paramref name="start"/>; -1 where there is none.</summary>
    private static int FindFooter(ReadOnlySpan<byte> bytes, int start, LibLzma.StreamFlags* header)
    {
        const int magicOffset = EdgeSize - 2;
        int at = start + EdgeSize; // where a footer may be
        while (at <= bytes.Length - EdgeSize && bytes[(at + magicOffset)..].IndexOf(FooterMagic) is >= 0 and int distance)
        {
            at += distance;
            if ((at - start) % Unit == 0 && IsFooter(bytes, at, header) && header->BackwardSize <= (ulong)(at - start - EdgeSize))
            {
                return at;
            }

            at++;
        }

        return -1;
    }

    /// <summary>The stream that follows, behind any padding; -1 where something else does.</summary>
    private static int NextStream(ReadOnlySpan<byte> bytes, int end, LibLzma.StreamFlags* flags)
    {
        int padding = bytes[end..].IndexOfAnyExcept((byte)0);
        return padding >= 0 && padding % Unit == 0 && IsHeader(bytes, end + padding, flags) ? end + padding : -1;
    }

    private static bool IsHeader(ReadOnlySpan<byte> bytes, int at, LibLzma.StreamFlags* flags)
    {
        fixed (byte* edge = bytes[at..])
        {
            return bytes.Length - at >= EdgeSize && LibLzma.StreamHeaderDecode(flags, edge) == LibLzma.Result.Ok;
        }
    }

    /// <summary>True for a footer of a stream with that header, to which it adds the size of the index.</summary>
    private static bool IsFooter(ReadOnlySpan<byte> bytes, int at, LibLzma.StreamFlags* header)
    {
        LibLzma.StreamFlags footer;
        fixed (byte* edge = bytes[at..])
        {
            if (LibLzma.StreamFooterDecode(&footer, edge) != LibLzma.Result.Ok || footer.Check != header->Check)
            {
                return false;
            }
        }

        header->BackwardSize = footer.BackwardSize;
        return true;
    }
}
