using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Cache;

/// <summary>
/// The directory of a <see cref="StoreCache"/>, opened once: whatever happens to the names above it, every file is looked up
/// in the very directory that was checked.
/// </summary>
internal sealed class CacheDirectory : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private CacheDirectory(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
        Root = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)handle.DangerousGetHandle()}");
    }

    /// <summary>A path by which this process reaches the directory.</summary>
    internal string Root { get; }

    /// <summary>True when the directory is this user's and nobody else can write there.</summary>
    internal bool IsOursAlone => FileOwner.IsOursAlone(_handle);

    /// <exception cref="PosixException">It cannot be opened, or is no directory.</exception>
    internal static CacheDirectory Open(string path) => new(PosixFile.Open(path, PosixDirectory.Only), path);

    /// <summary>The path of a file there.</summary>
    internal string PathOf(string name) => $"{Root}/{name}";

    /// <summary>
    /// Until disposed, or the end of the process, nobody else writes there. False when somebody else does: not to be waited
    /// for, because it may take for ever (a stopped process, a server that has gone).
    /// </summary>
    /// <exception cref="IOException">The file system has no locks.</exception>
    internal bool TryLock()
    {
        if (LibC.Lock(_handle, LibC.LOCK_EX | LibC.LOCK_NB) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == LibC.EWOULDBLOCK
            ? false
            : throw new IOException($"no lock: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>What went wrong, with the path that people know.</summary>
    internal static string Explain(Exception e, CacheDirectory? directory) =>
        directory is null ? e.Message : e.Message.Replace(directory.Root, directory._path, StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Not by closing alone: a process that another thread has just forked still holds the lock, too.
        _ = LibC.Lock(_handle, LibC.LOCK_UN);
        _handle.Dispose();
    }
}
