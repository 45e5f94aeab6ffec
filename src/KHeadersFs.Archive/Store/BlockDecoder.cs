using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;
using KHeadersFs.Archive.Xz;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Store;

/// <summary>Decodes blocks of a store, of any codec. Not for two threads at once; allocates nothing per block.</summary>
internal sealed unsafe class BlockDecoder : SafeHandle
{
    private readonly SafeFileHandle _file;
    private readonly BlockTable _blocks;
    private readonly NativeBuffer _stored;
    private readonly ulong _memoryLimit;
    private XzBlockDecoder? _xz;

    /// <summary>A decoder of the blocks in <paramref name="file"/>, the largest of <paramref name="maxStoredLength"/> bytes.</summary>
    internal BlockDecoder(SafeFileHandle file, BlockTable blocks, int maxStoredLength, ulong memoryLimit)
        : base(0, ownsHandle: true)
    {
        _file = file;
        _blocks = blocks;
        _memoryLimit = memoryLimit;
        _stored = new NativeBuffer(maxStoredLength);
        SetHandle((nint)LibZstd.CreateDecompressor());
        if (IsInvalid)
        {
            throw new InsufficientMemoryException("ZSTD_createDCtx");
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Decodes <paramref name="block"/> to <paramref name="output"/>, which is exactly as long as its body.</summary>
    /// <exception cref="ArchiveException">The store is damaged.</exception>
    internal void Decode(int block, Span<byte> output)
    {
        Span<byte> stored = _stored.Span[.._blocks.StoredLength(block)];
        if (RandomAccess.Read(_file, stored, _blocks.StoredStart(block)) != stored.Length)
        {
            throw ArchiveException.DamagedStore("ends early");
        }

        BlockCodec codec = _blocks.Codec(block);
        if (codec == BlockCodec.Zstd)
        {
            DecodeZstd(stored, output);
        }
        else if (codec <= BlockCodec.XzLast)
        {
            _xz ??= new XzBlockDecoder(_memoryLimit);
            _xz.DecodeWhole(stored, output, unpaddedSize: 0, (int)codec);
        }
        else
        {
            throw ArchiveException.DamagedStore("the codec of a block is unknown");
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _xz?.Dispose();
        _stored.Dispose();
        _ = LibZstd.FreeDecompressor((void*)handle);
        return true;
    }

    private void DecodeZstd(ReadOnlySpan<byte> stored, Span<byte> output)
    {
        fixed (byte* from = stored)
        fixed (byte* to = output)
        {
            nuint size = LibZstd.Decompress((void*)handle, to, (nuint)output.Length, from, (nuint)stored.Length);
            if (size != (nuint)output.Length)
            {
                throw ArchiveException.DamagedStore("the checksum of a block differs");
            }
        }
    }
}
