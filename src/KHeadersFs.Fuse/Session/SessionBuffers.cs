using System.Runtime.InteropServices;

namespace KHeadersFs.Fuse;

/// <summary>
/// One thread's request and reply, outside of the collected heap: the kernel copies into them while it may move.
/// </summary>
/// <param name="journal">Holds the request.</param>
/// <param name="slot">Which of its slots.</param>
internal sealed unsafe class SessionBuffers(SessionJournal journal, int slot) : IDisposable
{
    /// <summary>On a page border: large replies then touch no page more than they need.</summary>
    private byte* _memory = (byte*)NativeMemory.AlignedAlloc(FuseDispatcher.ReplyBufferSize, (nuint)Environment.SystemPageSize);

    internal Span<byte> Request => journal.Slot(slot);

    internal Span<byte> Reply => new(_memory, FuseDispatcher.ReplyBufferSize);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
