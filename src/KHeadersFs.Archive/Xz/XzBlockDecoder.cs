using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Decodes blocks of .xz files one after the other, whatever their filters, sizes or check. Memory of one block's
/// decoder is kept for the next. Not for two threads at once.
/// </summary>
internal sealed unsafe class XzBlockDecoder : SafeHandle
{
    /// <summary>The longest header that a block can have (xz file format, 3.1.1).</summary>
    internal const int MaxHeaderSize = 1024;

    private readonly ulong _memoryLimit;
    private State* _state;

    /// <summary>A decoder that refuses blocks that need more than <paramref name="memoryLimit"/> bytes.</summary>
    internal XzBlockDecoder(ulong memoryLimit)
        : base(0, ownsHandle: true)
    {
        _memoryLimit = memoryLimit;
        _state = (State*)NativeMemory.AllocZeroed((nuint)sizeof(State));
        _state->Stream.Allocator = DecoderMemory.Allocator;
        SetHandle((nint)_state);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>
    /// Begins a block. <paramref name="start"/> holds its first bytes, the whole header at least; returns the header's
    /// size, after which the compressed data follow. Where <paramref name="unpaddedSize"/> is known (not 0), the block
    /// must have just that size.
    /// </summary>
    /// <exception cref="ArchiveException">The header is damaged, disagrees with the index, or asks for too much.</exception>
    internal int Begin(ReadOnlySpan<byte> start, long unpaddedSize, long decodedSize, int check)
    {
        State* state = _state;
        int headerSize = ReadHeader(state, start, check);
        try
        {
            Prepare(state, unpaddedSize, decodedSize);
        }
        finally
        {
            LibLzma.FiltersFree(state->Block.Filters, null);
        }

        return headerSize;
    }

    /// <summary>The dictionary, in bytes, that the header at <paramref name="start"/> asks for; 0 if its filters need none.</summary>
    /// <exception cref="ArchiveException">The header is damaged.</exception>
    internal static long DictionaryOf(ReadOnlySpan<byte> start, int check)
    {
        State state = default;
        _ = ReadHeader(&state, start, check);
        long largest = 0;
        for (LibLzma.Filter* filter = state.Block.Filters; filter->Id != LibLzma.VliUnknown; filter++)
        {
            if (filter->Id == LibLzma.FilterLzma2)
            {
                largest = Math.Max(largest, ((LibLzma.LzmaOptions*)filter->Options)->DictionarySize);
            }
        }

        LibLzma.FiltersFree(state.Block.Filters, null);
        return largest;
    }

    /// <summary>
    /// Decodes from <paramref name="input"/> to <paramref name="output"/> until one is used up or the block ends.
    /// Returns true at the block's end, its check verified.
    /// </summary>
    /// <exception cref="ArchiveException">The data are damaged.</exception>
    internal bool Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int produced)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            LibLzma.Stream* stream = &_state->Stream;
            stream->NextIn = from;
            stream->AvailIn = (nuint)input.Length;
            stream->NextOut = to;
            stream->AvailOut = (nuint)output.Length;
            LibLzma.Result result = LibLzma.Code(stream, LibLzma.Action.Run);
            consumed = input.Length - (int)stream->AvailIn;
            produced = output.Length - (int)stream->AvailOut;
            if (result == LibLzma.Result.StreamEnd)
            {
                return true;
            }

            Require(result, "a block's data are damaged");
            return false;
        }
    }

    /// <summary>Decodes a whole block from <paramref name="stored"/> to <paramref name="output"/>, which it fills exactly.</summary>
    /// <exception cref="ArchiveException">It is damaged.</exception>
    internal void DecodeWhole(ReadOnlySpan<byte> stored, Span<byte> output, long unpaddedSize, int check)
    {
        stored = stored[Begin(stored, unpaddedSize, output.Length, check)..];

        // With the output full, liblzma wants one more call to read the end of the data and the check behind it.
        while (!Decode(stored, output, out int consumed, out int produced))
        {
            if (consumed == 0 && produced == 0)
            {
                throw ArchiveException.Damaged("a block ends early");
            }

            stored = stored[consumed..];
            output = output[produced..];
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LibLzma.End(&_state->Stream);
        NativeMemory.Free(_state);
        _state = null;
        return true;
    }

    /// <summary>Reads a block's header into <paramref name="state"/>, whose filters are to be freed; returns its size in bytes.</summary>
    private static int ReadHeader(State* state, ReadOnlySpan<byte> start, int check)
    {
        // A first byte of 0 would be an index; the size is stored as (byte + 1) * 4 (xz file format, 3.1.1).
        int headerSize = start.IsEmpty || start[0] == 0 ? 0 : (start[0] + 1) * 4;
        if (headerSize == 0 || headerSize > start.Length)
        {
            throw ArchiveException.Damaged("a block header is missing");
        }

        state->Block = default;
        state->Block.Version = 1;
        state->Block.HeaderSize = (uint)headerSize;
        state->Block.Check = check;
        state->Block.Filters = (LibLzma.Filter*)state->Filters;
        fixed (byte* input = start)
        {
            Require(LibLzma.BlockHeaderDecode(&state->Block, null, input), "a block header is damaged");
        }

        return headerSize;
    }

    private void Prepare(State* state, long unpaddedSize, long decodedSize)
    {
        if (unpaddedSize > 0)
        {
            Require(LibLzma.BlockCompressedSize(&state->Block, (ulong)unpaddedSize), "a block's size differs from the index");
        }

        if (state->Block.UncompressedSize != LibLzma.VliUnknown && state->Block.UncompressedSize != (ulong)decodedSize)
        {
            throw ArchiveException.Damaged("a block's decoded size differs from the index");
        }

        state->Block.UncompressedSize = (ulong)decodedSize;
        ShrinkDictionary(state->Block.Filters, decodedSize);
        ulong needed = LibLzma.RawDecoderMemoryUsage(state->Block.Filters);
        if (needed == ulong.MaxValue)
        {
            throw new ArchiveException("uses a filter that this liblzma does not know; re-pack it with xz");
        }

        if (needed > _memoryLimit)
        {
            throw new ArchiveException(
                $"needs {needed >> 20} MiB to be decoded, more than the limit of {_memoryLimit >> 20} MiB; re-pack it with a smaller dictionary (xz -6), or -o limit_decoder=MIB allows more");
        }

        Require(LibLzma.BlockDecoder(&state->Stream, &state->Block), "a block cannot be decoded");
    }

    /// <summary>No distance reaches back further than the block is long, so neither need the dictionary.</summary>
    private static void ShrinkDictionary(LibLzma.Filter* filters, long decodedSize)
    {
        for (; filters->Id != LibLzma.VliUnknown; filters++)
        {
            if (filters->Id == LibLzma.FilterLzma2)
            {
                var options = (LibLzma.LzmaOptions*)filters->Options;
                options->DictionarySize = (uint)Math.Min(options->DictionarySize, Math.Max(decodedSize, 4096));
            }
        }
    }

    private static void Require(LibLzma.Result result, string otherwise)
    {
        switch (result)
        {
            case LibLzma.Result.Ok:
                return;
            case LibLzma.Result.MemError:
                throw new InsufficientMemoryException("decoding a block of an .xz file");
            case LibLzma.Result.OptionsError:
                throw new ArchiveException("uses a filter that this liblzma does not know; re-pack it with xz");
            default:
                throw ArchiveException.Damaged(otherwise);
        }
    }

    /// <summary>What liblzma keeps pointers to while a block is decoded.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        internal LibLzma.Stream Stream;
        internal LibLzma.Block Block;
        internal fixed ulong Filters[LibLzma.FilterSlots * 2];
    }
}
