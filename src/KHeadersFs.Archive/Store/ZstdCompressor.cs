using KHeadersFs.Archive.Interop;
using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Store;

/// <summary>Makes zstd frames with a content checksum. Not for two threads at once.</summary>
internal sealed unsafe class ZstdCompressor : SafeHandle
{
    private readonly NativeBuffer _output;

    /// <summary>A compressor of inputs of up to <paramref name="maxInput"/> bytes.</summary>
    internal ZstdCompressor(int level, int maxInput)
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)LibZstd.CreateCompressor());
        if (IsInvalid)
        {
            throw new InsufficientMemoryException("ZSTD_createCCtx");
        }

        _ = LibZstd.SetParameter((void*)handle, LibZstd.Parameter.CompressionLevel, level);
        _ = LibZstd.SetParameter((void*)handle, LibZstd.Parameter.ChecksumFlag, 1);

        // What zstd takes at this level for 16 KiB, which is what most blocks have; for 64 KiB it would take 190 KiB more.
        _ = LibZstd.SetParameter((void*)handle, LibZstd.Parameter.HashLog, 15);
        _ = LibZstd.SetParameter((void*)handle, LibZstd.Parameter.ChainLog, 14);
        _output = new NativeBuffer((int)LibZstd.CompressBound((nuint)maxInput));

        // The largest first: a workspace that grows with its inputs leaves holes in the heap.
        using var largest = new NativeBuffer(maxInput);
        largest.Span.Clear();
        _ = Compress(largest.Span);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The frame of <paramref name="input"/>, valid until the next call.</summary>
    internal ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> input)
    {
        fixed (byte* from = input)
        {
            nuint size = LibZstd.Compress(
                (void*)handle, _output.Pointer, (nuint)_output.Length, from, (nuint)input.Length);
            if (LibZstd.IsError(size) != 0)
            {
                throw new InsufficientMemoryException("ZSTD_compress2");
            }

            return _output.Span[..(int)size];
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _output.Dispose();
        _ = LibZstd.FreeCompressor((void*)handle);
        return true;
    }
}
