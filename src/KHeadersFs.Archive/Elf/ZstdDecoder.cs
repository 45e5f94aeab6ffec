using System.Numerics;
using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;
using KHeadersFs.Archive.Xz;

namespace KHeadersFs.Archive.Elf;

/// <summary>Decodes a file of zstd frames of any size, forward only (RFC 8878). Not for two threads at once.</summary>
internal sealed unsafe class ZstdDecoder : SafeHandle
{
    private readonly ArchiveSpool _file;
    private int _consumed;
    private bool _inFrame;

    /// <summary>A decoder of <paramref name="file"/> that uses <paramref name="memoryLimit"/> bytes at most to look back.</summary>
    internal ZstdDecoder(ArchiveSpool file, ulong memoryLimit)
        : base(0, ownsHandle: true)
    {
        _file = file;
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

    /// <summary>Bytes of the file that have been read, and are not needed again.</summary>
    internal int Consumed => _consumed;

    /// <summary>Fills <paramref name="output"/> as far as there is something to decode; 0 only at the end.</summary>
    /// <exception cref="ArchiveException">The file is damaged, or looks back too far.</exception>
    internal int Read(Span<byte> output)
    {
        fixed (byte* from = _file.Bytes)
        fixed (byte* to = output)
        {
            var source = new LibZstd.Buffer { Start = from, Size = (nuint)_file.Bytes.Length, Position = (nuint)_consumed };
            var target = new LibZstd.Buffer { Start = to, Size = (nuint)output.Length };
            while (target.Position == 0 && (_inFrame || source.Position < source.Size))
            {
                nuint before = source.Position;
                nuint left = LibZstd.DecompressStream((void*)handle, &target, &source);
                Require(left);
                _inFrame = left != 0;
                if (source.Position == before && target.Position == 0)
                {
                    throw ArchiveException.Damaged("a zstd frame ends early");
                }
            }

            _consumed = (int)source.Position;
            return (int)target.Position;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = LibZstd.FreeDecompressor((void*)handle);
        return true;
    }

    private static void Require(nuint result)
    {
        if (LibZstd.IsError(result) != 0)
        {
            throw LibZstd.GetErrorCode(result) switch
            {
                LibZstd.Error.MemoryAllocation => new InsufficientMemoryException("ZSTD_decompressStream"),
                LibZstd.Error.WindowTooLarge => new ArchiveException("needs more memory to be decoded than is allowed; -o limit_decoder=MIB allows more"),
                _ => ArchiveException.Damaged("a zstd frame cannot be decoded"),
            };
        }
    }
}
