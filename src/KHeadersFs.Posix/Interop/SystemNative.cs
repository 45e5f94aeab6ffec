using System.Runtime.InteropServices;

namespace KHeadersFs.Posix.Interop;

/// <summary>Of .NET's own native library, which every program of .NET has, static ones too.</summary>
internal static unsafe partial class SystemNative
{
    /// <summary>environ(7), a variable of the C library: a static program has no table of symbols in which it could be looked up.</summary>
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    internal static partial byte** GetEnvironment();
}
