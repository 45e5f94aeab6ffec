using System.Numerics;
using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Decoding;

/// <summary>Decodes a file of zstd frames of any size, forward only (RFC 8878).</summary>
internal sealed unsafe class ZstdDecoder : SafeHandle, IDecoder
{
    private readonly ArchiveInput _file;
    private readonly ulong _memoryLimit;
    private bool _inFrame;

    /// <summary>
    /// A decoder of <paramref name="file"/>, which stays the caller's to dispose of. It looks back <paramref name="memoryLimit"/> bytes at
    /// most, or the power of two below it.
    /// </summary>
    internal ZstdDecoder(ArchiveInput file, ulong memoryLimit)
        : base(0, ownsHandle: true)
    {
        _file = file;
        _memoryLimit = memoryLimit;
        SetHandle((nint)LibZstd.CreateDecompressor());
        if (IsInvalid)
        {
            throw new InsufficientMemoryException("ZSTD_createDCtx");
        }

        // What is out of zstd's range leaves its own limit.
        _ = LibZstd.SetDecoderParameter((void*)handle, LibZstd.DecoderParameter.WindowLogMax, BitOperations.Log2(memoryLimit));
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    public int Read(Span<byte> output)
    {
        int produced = 0;
        while (produced == 0 && _file.Peek() is var input && (_inFrame || !input.IsEmpty))
        {
            produced = Decompress(input, output);
        }

        return produced;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = LibZstd.FreeDecompressor((void*)handle);
        return true;
    }

    /// <summary>Without input as well: what was decoded before may not have had room.</summary>
    private int Decompress(ReadOnlySpan<byte> input, Span<byte> output)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            var source = new LibZstd.Buffer { Start = from, Size = (nuint)input.Length };
            var target = new LibZstd.Buffer { Start = to, Size = (nuint)output.Length };
            nuint left = LibZstd.DecompressStream((void*)handle, &target, &source);
            Require(left);
            if (source.Position == 0 && target.Position == 0)
            {
                throw ArchiveException.Damaged("it ends within a zstd frame");
            }

            _inFrame = left != 0;
            _file.Advance((int)source.Position);
            return (int)target.Position;
        }
    }

    private void Require(nuint result)
    {
        if (LibZstd.IsError(result) != 0)
        {
            throw LibZstd.GetErrorCode(result) switch
            {
                LibZstd.Error.MemoryAllocation => new InsufficientMemoryException("ZSTD_decompressStream"),
                LibZstd.Error.WindowTooLarge => new ArchiveException(
                    $"looks back further than {(1UL << BitOperations.Log2(_memoryLimit)) >> 20} MiB, which takes so much memory; re-pack it without zstd's --ultra and --long, or -o limit_decoder=MIB allows more"),
                _ => ArchiveException.Damaged("a zstd frame cannot be decoded"),
            };
        }
    }
}
