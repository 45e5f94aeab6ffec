using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KHeadersFs.Fuse;

/// <summary>Cursor over the body of a request that never leaves it.</summary>
internal ref struct RequestReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    /// <summary>Takes a struct from the body; false when fewer bytes are left.</summary>
    internal bool TryRead<T>(out T value)
        where T : unmanaged
    {
        if (!MemoryMarshal.TryRead(_rest, out value))
        {
            return false;
        }

        _rest = _rest[Unsafe.SizeOf<T>()..];
        return true;
    }

    /// <summary>
    /// Takes a struct of which older kernels send only the first <paramref name="minimal"/> bytes; the others read
    /// as zero.
    /// </summary>
    internal bool TryReadGrowing<T>(int minimal, out T value)
        where T : unmanaged
    {
        value = default;
        if (_rest.Length < minimal)
        {
            return false;
        }

        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        int length = Math.Min(_rest.Length, bytes.Length);
        _rest[..length].CopyTo(bytes);
        _rest = _rest[length..];
        return true;
    }

    /// <summary>
    /// Takes a name, which is what is left but for its final zero; false when it is empty or has no such end.
    /// </summary>
    internal bool TryReadName(out ReadOnlySpan<byte> name)
    {
        int end = _rest.IndexOf((byte)0);
        if (end <= 0 || end != _rest.Length - 1)
        {
            name = default;
            return false;
        }

        name = _rest[..end];
        _rest = default;
        return true;
    }
}
