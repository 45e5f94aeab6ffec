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
        ChecksumFlag = 201,
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

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    internal static partial uint IsError(nuint result);
}
