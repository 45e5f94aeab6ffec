using KHeadersFs.Archive.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Cache;

/// <summary>Whom a file or directory belongs to, and who else may write to it (statx(2)).</summary>
internal static unsafe class FileOwner
{
    private const uint WriteByOthers = 0x12; // S_IWGRP | S_IWOTH

    /// <summary>True when <paramref name="file"/> is this process's user's, and nobody else can write to it.</summary>
    internal static bool IsOursAlone(SafeFileHandle file)
    {
        LibC.Statx result = default;
        return LibC.StatDescriptor(file, "", LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &result) == 0 && IsOursAlone(result);
    }

    /// <summary>The same of the directory at <paramref name="path"/>.</summary>
    internal static bool IsOursAlone(string path)
    {
        LibC.Statx result = default;
        return LibC.StatPath(LibC.AT_FDCWD, path, 0, LibC.STATX_BASIC_STATS, &result) == 0 && IsOursAlone(result);
    }

    private static bool IsOursAlone(in LibC.Statx result) =>
        result.UserId == LibC.GetEffectiveUserId() && (result.Mode & WriteByOthers) == 0;
}
