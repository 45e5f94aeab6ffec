using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Store;

/// <summary>The first 96 bytes of a store, in the byte order of the machine that made it (FORMAT.md).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StoreHeader
{
    /// <summary>Size of the header in bytes; the first block follows it.</summary>
    internal const int Size = 96;

    /// <summary>"KHFSTORE" as a machine of this byte order stores it: another one's does not match.</summary>
    internal const ulong ExpectedMagic = 0x45524F545346484B;

    /// <summary>Raised with every change of the format.</summary>
    internal const uint CurrentVersion = 5;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    internal ulong Magic;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    internal uint Version;

    /// <summary>Nodes in the node table.</summary>
    internal uint NodeCount;

    /// <summary>Bytes of names and symlink targets.</summary>
    internal uint TextLength;

    /// <summary>Blocks in the block table.</summary>
    internal uint BlockCount;

    /// <summary>Decoded size of the largest block in bytes; holes do not count.</summary>
    internal uint MaxBodyLength;

    /// <summary>Encoded size of the largest block in bytes.</summary>
    internal uint MaxStoredLength;

    /// <summary>Bytes of the body space: what all blocks decode to.</summary>
    internal ulong BodyLength;

    /// <summary>Sum of the sizes of all files in bytes.</summary>
    internal ulong FileBytes;

    /// <summary>Where the node table and then the block table start: behind the last block, at a multiple of 8.</summary>
    internal ulong TablesOffset;

    /// <summary>Bytes of both tables; the store ends with them.</summary>
    internal ulong TablesLength;

    /// <summary>CRC-64 (of the .xz format) of both tables.</summary>
    internal ulong TablesCrc;

    /// <summary>CRC-64 of all blocks as they are stored.</summary>
    internal ulong BlocksCrc;

    /// <summary>CRC-64 of all that is served, however it is stored (<see cref="Tree.TreeFreezer.Checksum"/>).</summary>
    internal ulong ContentsCrc;

    /// <summary>CRC-64 of the header up to here.</summary>
    internal ulong HeaderCrc;
}
