using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Interop;

/// <summary>
/// zlib in .NET's own native library, which every program of .NET has, static ones too (dotnet/runtime, pal_zlib.h): all that this library
/// calls of it, and no logic. GZipStream takes a file that is cut off for one that has ended.
/// </summary>
internal static unsafe partial class LibZ
{
    /// <summary>For <see cref="InflateInit"/>: the largest window, 15 bits, and 16 for the format gzip alone (zlib.h: inflateInit2).</summary>
    internal const int GzipWindow = 15 + 16;

    /// <summary>Z_NO_FLUSH (zlib.h).</summary>
    internal const int NoFlush = 0;

    private const string Library = "libSystem.IO.Compression.Native";

    /// <summary>PAL_ErrorCode of pal_zlib.h, which are zlib's own.</summary>
    internal enum Result
    {
        Ok = 0,
        StreamEnd = 1,
        MemoryError = -4,
    }

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateInit2_")]
    internal static partial Result InflateInit(Stream* stream, int window);

    [LibraryImport(Library, EntryPoint = "CompressionNative_Inflate")]
    internal static partial Result Inflate(Stream* stream, int flush);

    [LibraryImport(Library, EntryPoint = "CompressionNative_InflateEnd")]
    internal static partial Result InflateEnd(Stream* stream);

    /// <summary>PAL_ZStream of pal_zlib.h, 40 bytes on 64-bit systems; all zero before <see cref="InflateInit"/>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Stream
    {
        internal byte* NextIn;
        internal byte* NextOut;
        internal byte* Message;
        internal void* Internal;
        internal uint AvailIn;
        internal uint AvailOut;
    }
}
