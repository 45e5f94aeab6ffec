using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Interop;

/// <summary>libzstd 1.4 or later (<c>zstd.h</c>): all that this library calls of it, and no logic.</summary>
internal static unsafe partial class LibZstd
{
    private const string Library = "libzstd";

    /// <summary>ZSTD_cParameter of zstd.h.</summary>
    internal enum Parameter
    {
        CompressionLevel = 100,
        HashLog = 102,
        ChainLog = 103,
        ChecksumFlag = 201,
    }

    /// <summary>ZSTD_dParameter of zstd.h.</summary>
    internal enum DecoderParameter
    {
        WindowLogMax = 100,
    }

    /// <summary>ZSTD_ErrorCode of zstd_errors.h.</summary>
    internal enum Error
    {
        WindowTooLarge = 16,
        MemoryAllocation = 64,
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial void* CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompressor(void* context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    internal static partial nuint SetParameter(void* context, Parameter parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compress2")]
    internal static partial nuint Compress(void* context, byte* output, nuint capacity, byte* input, nuint size);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressBound")]
    internal static partial nuint CompressBound(nuint size);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    internal static partial void* CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompressor(void* context);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressDCtx")]
    internal static partial nuint Decompress(void* context, byte* output, nuint capacity, byte* input, nuint size);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    internal static partial nuint SetDecoderParameter(void* context, DecoderParameter parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    internal static partial nuint DecompressStream(void* context, Buffer* output, Buffer* input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint result);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorCode")]
    internal static partial Error GetErrorCode(nuint result);

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer of zstd.h, 24 bytes each on 64-bit systems.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Buffer
    {
        internal byte* Start;
        internal nuint Size;
        internal nuint Position;
    }
}
