using KHeadersFs.Archive.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Cache;

/// <summary>What a file is, whom it belongs to, and who else may write to it (statx(2)).</summary>
internal static unsafe class FileOwner
{
    private const uint WriteByOthers = 0x12; // S_IWGRP | S_IWOTH
    private const uint TypeMask = 0xF000; // S_IFMT
    private const uint Regular = 0x8000; // S_IFREG

    /// <summary>True when <paramref name="file"/> is this process's user's, and nobody else can write to it.</summary>
    internal static bool IsOursAlone(SafeFileHandle file)
    {
        LibC.Statx result = default;
        return LibC.StatDescriptor(file, "", LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &result) == 0
            && result.UserId == LibC.GetEffectiveUserId()
            && (result.Mode & WriteByOthers) == 0;
    }

    /// <summary>False for a link, a pipe (opening one may wait for ever) and all else that is no plain file.</summary>
    internal static bool IsRegular(string path)
    {
        LibC.Statx result = default;
        return LibC.StatPath(LibC.AT_FDCWD, path, LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_BASIC_STATS, &result) == 0
            && (result.Mode & TypeMask) == Regular;
    }
}
