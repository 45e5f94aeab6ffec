using KHeadersFs.Archive.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Cache;

/// <summary>Whom a file belongs to, and who else may write to it.</summary>
internal static class FileOwner
{
    /// <summary>True when <paramref name="file"/> is this process's user's, and nobody else can write to it.</summary>
    internal static bool IsOursAlone(SafeFileHandle file) =>
        FileStatus.Of(file) is { IsWrittenByOwnerOnly: true } status && status.UserId == LibC.GetEffectiveUserId();

    /// <summary>False for a link, a pipe (opening one may wait for ever) and all else that is no plain file.</summary>
    internal static bool IsRegular(string path) => FileStatus.Of(path, followLink: false) is { Kind: FileStatus.Regular };
}
