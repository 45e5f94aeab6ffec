using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Interop;

/// <summary>
/// OpenSSL's libcrypto (<c>openssl/sha.h</c>): all that this library calls of it, and no logic. Not EVP, which would link in all of
/// OpenSSL; these three bring 25 KB.
/// </summary>
internal static unsafe partial class LibCrypto
{
    /// <summary>More than a SHA256_CTX has, 112 bytes.</summary>
    internal const int Sha256StateSize = 256;

    private const string Library = "libcrypto";

    [LibraryImport(Library, EntryPoint = "SHA256_Init")]
    internal static partial int Sha256Init(void* state);

    [LibraryImport(Library, EntryPoint = "SHA256_Update")]
    internal static partial int Sha256Update(void* state, byte* data, nuint length);

    [LibraryImport(Library, EntryPoint = "SHA256_Final")]
    internal static partial int Sha256Final(byte* digest, void* state);
}
