using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Cache;

/// <summary>
/// SHA-256 (FIPS 180-4) by the processor's own instructions where it has them, from OpenSSL's code linked in: .NET's own loads
/// OpenSSL's shared library at run time, which the one-file program must not need, and has none of these instructions for itself.
/// Not for two threads at once.
/// </summary>
internal sealed unsafe class Sha256 : SafeHandle
{
    /// <summary>Bytes of a digest.</summary>
    internal const int Size = 32;

    /// <summary>Begins a message.</summary>
    internal Sha256()
        : base(0, ownsHandle: true)
    {
        SetHandle((nint)NativeMemory.AllocZeroed(LibCrypto.Sha256StateSize));
        _ = LibCrypto.Sha256Init((void*)handle); // fails never
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Goes on with <paramref name="data"/>.</summary>
    internal void Append(ReadOnlySpan<byte> data)
    {
        fixed (byte* from = data)
        {
            _ = LibCrypto.Sha256Update((void*)handle, from, (nuint)data.Length);
        }
    }

    /// <summary>Ends the message; nothing can be appended any more.</summary>
    internal byte[] Finish()
    {
        byte[] digest = new byte[Size];
        fixed (byte* to = digest)
        {
            _ = LibCrypto.Sha256Final(to, (void*)handle);
        }

        return digest;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
