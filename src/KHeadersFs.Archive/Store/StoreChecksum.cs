using System.Runtime.InteropServices;
using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Store;

/// <summary>The checksum of a store's header, tables and blocks: CRC-64 as the .xz format defines it, computed by liblzma.</summary>
internal static unsafe class StoreChecksum
{
    /// <summary>Continues <paramref name="crc"/> (0 at first) over <paramref name="bytes"/>.</summary>
    internal static ulong Continue(ulong crc, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            return LibLzma.Crc64(data, (nuint)bytes.Length, crc);
        }
    }

    /// <summary>Continues <paramref name="crc"/> over the bytes of one value.</summary>
    internal static ulong Continue<T>(ulong crc, in T value)
        where T : unmanaged => Continue(crc, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>The checksum of the next <paramref name="size"/> decoded bytes, which are passed; of fewer at the archive's end.</summary>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    internal static ulong OfNext(DecodedStream archive, long size)
    {
        ulong crc = 0;
        while (size > 0 && archive.Peek() is { IsEmpty: false } ready)
        {
            ReadOnlySpan<byte> part = ready[..(int)Math.Min(ready.Length, size)];
            crc = Continue(crc, part);
            size -= part.Length;
            archive.Advance(part.Length);
        }

        return crc;
    }

    /// <summary>What <see cref="StoreHeader.HeaderCrc"/> of <paramref name="header"/> must be.</summary>
    internal static ulong Of(in StoreHeader header) =>
        Continue(0, MemoryMarshal.AsBytes(new ReadOnlySpan<StoreHeader>(in header))[..(StoreHeader.Size - sizeof(ulong))]);
}
