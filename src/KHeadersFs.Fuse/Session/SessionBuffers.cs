using System.Runtime.InteropServices;

namespace KHeadersFs.Fuse;

/// <summary>
/// One thread's request and reply, outside of the collected heap: the kernel copies into them while it may move.
/// </summary>
internal sealed unsafe class SessionBuffers : IDisposable
{
    private const int Size = FuseDispatcher.RequestBufferSize + FuseDispatcher.ReplyBufferSize;

    /// <summary>On a page border: large replies then touch no page more than they need.</summary>
    private byte* _memory = (byte*)NativeMemory.AlignedAlloc(Size, (nuint)Environment.SystemPageSize);

    internal Span<byte> Request => new(_memory, FuseDispatcher.RequestBufferSize);

    internal Span<byte> Reply => new(_memory + FuseDispatcher.RequestBufferSize, FuseDispatcher.ReplyBufferSize);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
