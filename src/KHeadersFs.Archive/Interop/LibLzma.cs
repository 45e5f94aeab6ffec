using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Interop;

/// <summary>liblzma 5.4 or later (<c>lzma/*.h</c>): all that this library calls of it, and no logic.</summary>
internal static unsafe partial class LibLzma
{
    /// <summary>LZMA_FILTERS_MAX + 1: filters of a block and their terminator (lzma/filter.h).</summary>
    internal const int FilterSlots = 5;

    /// <summary>LZMA_VLI_UNKNOWN: a size that a block header does not tell (lzma/vli.h).</summary>
    internal const ulong VliUnknown = ulong.MaxValue;

    /// <summary>LZMA_FILTER_LZMA2 (lzma/lzma12.h).</summary>
    internal const ulong FilterLzma2 = 0x21;

    private const string Library = "liblzma";

    /// <summary>lzma_action of lzma/base.h.</summary>
    internal enum Action
    {
        Run = 0,
        Finish = 3,
    }

    /// <summary>lzma_ret of lzma/base.h.</summary>
    internal enum Result
    {
        Ok = 0,
        StreamEnd = 1,
        NoCheck = 2,
        UnsupportedCheck = 3,
        GetCheck = 4,
        MemError = 5,
        MemLimitError = 6,
        FormatError = 7,
        OptionsError = 8,
        DataError = 9,
        BufError = 10,
        ProgError = 11,
        SeekNeeded = 12,
    }

    /// <summary>lzma_index_iter_mode: LZMA_INDEX_ITER_NONEMPTY_BLOCK.</summary>
    internal const int IterateNonEmptyBlocks = 3;

    [LibraryImport(Library, EntryPoint = "lzma_code")]
    internal static partial Result Code(Stream* stream, Action action);

    [LibraryImport(Library, EntryPoint = "lzma_end")]
    internal static partial void End(Stream* stream);

    [LibraryImport(Library, EntryPoint = "lzma_file_info_decoder")]
    internal static partial Result FileInfoDecoder(Stream* stream, void** index, ulong memoryLimit, ulong fileSize);

    [LibraryImport(Library, EntryPoint = "lzma_stream_header_decode")]
    internal static partial Result StreamHeaderDecode(StreamFlags* flags, byte* input);

    [LibraryImport(Library, EntryPoint = "lzma_stream_footer_decode")]
    internal static partial Result StreamFooterDecode(StreamFlags* flags, byte* input);

    [LibraryImport(Library, EntryPoint = "lzma_index_end")]
    internal static partial void IndexEnd(void* index, void* allocator);

    [LibraryImport(Library, EntryPoint = "lzma_index_block_count")]
    internal static partial ulong IndexBlockCount(void* index);

    [LibraryImport(Library, EntryPoint = "lzma_index_stream_count")]
    internal static partial ulong IndexStreamCount(void* index);

    [LibraryImport(Library, EntryPoint = "lzma_index_iter_init")]
    internal static partial void IndexIterInit(IndexIter* iter, void* index);

    [LibraryImport(Library, EntryPoint = "lzma_index_iter_next")]
    internal static partial byte IndexIterNext(IndexIter* iter, int mode);

    [LibraryImport(Library, EntryPoint = "lzma_block_header_decode")]
    internal static partial Result BlockHeaderDecode(Block* block, void* allocator, byte* input);

    [LibraryImport(Library, EntryPoint = "lzma_block_compressed_size")]
    internal static partial Result BlockCompressedSize(Block* block, ulong unpaddedSize);

    [LibraryImport(Library, EntryPoint = "lzma_block_decoder")]
    internal static partial Result BlockDecoder(Stream* stream, Block* block);

    [LibraryImport(Library, EntryPoint = "lzma_raw_decoder_memusage")]
    internal static partial ulong RawDecoderMemoryUsage(Filter* filters);

    [LibraryImport(Library, EntryPoint = "lzma_filters_free")]
    internal static partial void FiltersFree(Filter* filters, void* allocator);

    [LibraryImport(Library, EntryPoint = "lzma_check_is_supported")]
    internal static partial byte CheckIsSupported(int check);

    [LibraryImport(Library, EntryPoint = "lzma_crc64")]
    internal static partial ulong Crc64(byte* data, nuint size, ulong crc);

    /// <summary>lzma_stream, 136 bytes on 64-bit systems (lzma/base.h). All zero is LZMA_STREAM_INIT.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Stream
    {
        internal byte* NextIn;
        internal nuint AvailIn;
        internal ulong TotalIn;
        internal byte* NextOut;
        internal nuint AvailOut;
        internal ulong TotalOut;
        internal Allocator* Allocator;
        internal void* Internal;
        internal void* ReservedPointer1, ReservedPointer2, ReservedPointer3, ReservedPointer4;
        internal ulong SeekPosition;
        internal ulong ReservedInt2;
        internal nuint ReservedInt3, ReservedInt4;
        internal int ReservedEnum1, ReservedEnum2;
    }

    /// <summary>lzma_allocator (lzma/base.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Allocator
    {
        internal delegate* unmanaged<void*, nuint, nuint, void*> Alloc;
        internal delegate* unmanaged<void*, void*, void> Free;
        internal void* Opaque;
    }

    /// <summary>lzma_filter (lzma/filter.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Filter
    {
        internal ulong Id;
        internal void* Options;
    }

    /// <summary>The first field of lzma_options_lzma, the only one used here (lzma/lzma12.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LzmaOptions
    {
        internal uint DictionarySize;
    }

    /// <summary>lzma_block, 208 bytes on 64-bit systems (lzma/block.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Block
    {
        internal uint Version;
        internal uint HeaderSize;
        internal int Check;
        internal ulong CompressedSize;
        internal ulong UncompressedSize;
        internal Filter* Filters;
        internal fixed byte RawCheck[64];
        internal void* ReservedPointer1, ReservedPointer2, ReservedPointer3;
        internal uint ReservedInt1, ReservedInt2;
        internal ulong ReservedInt3, ReservedInt4, ReservedInt5, ReservedInt6, ReservedInt7, ReservedInt8;
        internal int ReservedEnum1, ReservedEnum2, ReservedEnum3, ReservedEnum4;
        internal byte IgnoreCheck;
        internal byte ReservedBool2, ReservedBool3, ReservedBool4, ReservedBool5, ReservedBool6, ReservedBool7,
            ReservedBool8;
    }

    /// <summary>lzma_stream_flags up to the last field used here (lzma/stream_flags.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StreamFlags
    {
        internal uint Version;
        internal ulong BackwardSize;
        internal int Check;
    }

    /// <summary>lzma_index_iter, 304 bytes on 64-bit systems (lzma/index.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IndexIter
    {
        internal StreamFlags* StreamFlags;
        internal void* StreamReservedPointer1, StreamReservedPointer2, StreamReservedPointer3;
        internal ulong StreamNumber;
        internal ulong StreamBlockCount;
        internal ulong StreamCompressedOffset;
        internal ulong StreamUncompressedOffset;
        internal ulong StreamCompressedSize;
        internal ulong StreamUncompressedSize;
        internal ulong StreamPadding;
        internal ulong StreamReserved1, StreamReserved2, StreamReserved3, StreamReserved4;
        internal ulong BlockNumberInFile;
        internal ulong BlockCompressedFileOffset;
        internal ulong BlockUncompressedFileOffset;
        internal ulong BlockNumberInStream;
        internal ulong BlockCompressedStreamOffset;
        internal ulong BlockUncompressedStreamOffset;
        internal ulong BlockUncompressedSize;
        internal ulong BlockUnpaddedSize;
        internal ulong BlockTotalSize;
        internal ulong BlockReserved1, BlockReserved2, BlockReserved3, BlockReserved4;
        internal void* BlockReservedPointer1, BlockReservedPointer2, BlockReservedPointer3, BlockReservedPointer4;
        internal ulong Internal0, Internal1, Internal2, Internal3, Internal4, Internal5;
    }
}
