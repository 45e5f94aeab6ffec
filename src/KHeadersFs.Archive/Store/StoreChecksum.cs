using System.Runtime.InteropServices;
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

    /// <summary>What <see cref="StoreHeader.HeaderCrc"/> of <paramref name="header"/> must be.</summary>
    internal static ulong Of(in StoreHeader header) =>
        Continue(0, MemoryMarshal.AsBytes(new ReadOnlySpan<StoreHeader>(in header))[..(StoreHeader.Size - sizeof(ulong))]);
}
