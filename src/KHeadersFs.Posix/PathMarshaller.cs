using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace KHeadersFs.Posix;

/// <summary>Hands a string to a native call as the bytes that it stands for (<see cref="PathText"/>), where UTF-8 marshalling would lose some.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(PathMarshaller))]
internal static unsafe class PathMarshaller
{
    /// <summary>A copy that ends with a zero byte, to be freed by <see cref="Free"/>.</summary>
    public static byte* ConvertToUnmanaged(string text)
    {
        byte[] bytes = PathText.GetBytes(text);
        byte* copy = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        copy[bytes.Length] = 0;
        return copy;
    }

    /// <summary>Frees a copy.</summary>
    public static void Free(byte* unmanaged) => NativeMemory.Free(unmanaged);
}
