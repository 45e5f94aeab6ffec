using System.Runtime.InteropServices;
using KHeadersFs.Posix.Interop;

namespace KHeadersFs.Posix;

/// <summary>What statx(2) says about a file.</summary>
/// <param name="Kind">S_IFMT of st_mode, as below.</param>
/// <param name="Mode">The permission bits.</param>
/// <param name="UserId">Whose it is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When it was written to last: seconds since 1970, and nanoseconds.</param>
/// <param name="Device">Number of a device node.</param>
internal readonly record struct FileStatus(
    uint Kind, uint Mode, uint UserId, long Size, (long Seconds, uint Nanoseconds) Modified, (uint Major, uint Minor) Device)
{
    internal const uint Pipe = 0x1000;
    internal const uint CharacterDevice = 0x2000;
    internal const uint Directory = 0x4000;
    internal const uint BlockDevice = 0x6000;
    internal const uint Regular = 0x8000;
    internal const uint Link = 0xA000;
    internal const uint Socket = 0xC000;
    private const uint KindMask = 0xF000;
    private const uint WriteByOthers = 0x12; // S_IWGRP | S_IWOTH

    /// <summary>What it is, to follow "is ".</summary>
    internal string Description => Kind switch
    {
        Pipe => "a pipe",
        CharacterDevice => "a character device",
        Directory => "a directory",
        BlockDevice => "a block device",
        Regular => "a file",
        Link => "a symbolic link",
        Socket => "a socket",
        _ => "something else",
    };

    /// <summary>True when nobody but its owner and root can write to it.</summary>
    internal bool IsWrittenByOwnerOnly => (Mode & WriteByOthers) == 0;

    /// <summary>Of a path, or null with errno set.</summary>
    internal static unsafe FileStatus? Of(string path, bool followLink = true)
    {
        LibC.StatXBuffer buffer;
        return LibC.StatX(LibC.AT_FDCWD, path, followLink ? 0 : LibC.AT_SYMLINK_NOFOLLOW, LibC.STATX_BASIC_STATS, &buffer) == 0
            ? From(buffer)
            : null;
    }

    /// <summary>Of what is open, or null with errno set.</summary>
    internal static unsafe FileStatus? Of(SafeHandle file)
    {
        LibC.StatXBuffer buffer;
        return LibC.StatX(file, "", LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &buffer) == 0 ? From(buffer) : null;
    }

    private static FileStatus From(in LibC.StatXBuffer buffer) => new(
        buffer.Mode & KindMask,
        buffer.Mode & ~KindMask,
        buffer.Uid,
        (long)buffer.Size,
        (buffer.Mtime.Sec, buffer.Mtime.Nsec),
        (buffer.RdevMajor, buffer.RdevMinor));
}
