using System.Runtime.InteropServices;

namespace KHeadersFs.Archive;

/// <summary>Memory outside of the managed heap: pages that are never touched cost nothing, and none is ever moved.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    /// <summary>A buffer of <paramref name="length"/> bytes, not cleared.</summary>
    internal NativeBuffer(int length)
        : base(0, ownsHandle: true)
    {
        Length = length;
        SetHandle((nint)NativeMemory.Alloc((nuint)Math.Max(length, 1)));
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Size in bytes.</summary>
    internal int Length { get; private set; }

    /// <summary>The first byte; valid until the buffer is disposed.</summary>
    internal byte* Pointer => (byte*)handle;

    /// <summary>All bytes; valid until the buffer is disposed.</summary>
    internal Span<byte> Span => new(Pointer, Length);

    /// <summary>All of it as elements of a type; valid until the buffer is disposed.</summary>
    internal Span<T> As<T>()
        where T : unmanaged => new(Pointer, Length / sizeof(T));

    /// <summary>Makes the buffer larger; pointers and spans of before are no longer valid.</summary>
    internal void Grow(int length)
    {
        SetHandle((nint)NativeMemory.Realloc(Pointer, (nuint)length));
        Length = length;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
