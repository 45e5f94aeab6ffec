using System.Globalization;
using KHeadersFs.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>Which file it is, whatever its name: until the next boot nothing else on the system has all of these.</summary>
/// <param name="Device">Major and minor number of st_dev, in the upper and the lower half.</param>
/// <param name="Inode">st_ino, which a later file may get again.</param>
/// <param name="Birth">Nanoseconds since 1970 when it was made, 0 where the file system does not say.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, long Birth)
{
    /// <summary>What <paramref name="name"/> is in a directory, a symbolic link included; null with errno set when it cannot be told.</summary>
    internal static unsafe FileIdentity? TryOf(SafeFileHandle directory, string name)
    {
        LibC.StatXResult result;
        // Of what is remembered: a mount may stand there, and its server is not asked, for that may be ourselves.
        int flags = LibC.AT_SYMLINK_NOFOLLOW | LibC.AT_NO_AUTOMOUNT | LibC.AT_STATX_DONT_SYNC | (name.Length == 0 ? LibC.AT_EMPTY_PATH : 0);
        return LibC.StatX(directory, name, flags, LibC.STATX_BASIC_STATS | LibC.STATX_BTIME, &result) == 0 ? Of(result) : null;
    }

    /// <summary>From what statx(2) has told.</summary>
    internal static FileIdentity Of(in LibC.StatXResult result)
    {
        bool isDated = (result.Mask & LibC.STATX_BTIME) != 0;
        return new FileIdentity(
            ((ulong)result.DeviceMajor << 32) | result.DeviceMinor,
            result.Inode,
            isDated ? (result.BirthSeconds * 1_000_000_000) + result.BirthNanoseconds : 0);
    }

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    internal static FileIdentity? TryParse(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 3
            && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong device)
            && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode)
            && long.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long birth)
            ? new FileIdentity(device, inode, birth)
            : null;
    }

    /// <summary>Three numbers with colons between them.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device}:{Inode}:{Birth}");
}
