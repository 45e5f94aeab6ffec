using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Sandbox;

/// <summary>Which capabilities root's mount needs, as bits of their numbers (linux/capability.h). Nobody has all of them at once.</summary>
internal static class ServerRights
{
    private const int CAP_DAC_OVERRIDE = 1;
    private const int CAP_FOWNER = 3;
    private const int CAP_SETGID = 6;
    private const int CAP_SETUID = 7;
    private const int CAP_SYS_ADMIN = 21;

    private const uint ReadableByAll = 0x124; // r--r--r--

    /// <summary>To mount and unmount.</summary>
    internal const ulong Mounting = 1UL << CAP_SYS_ADMIN;

    /// <summary>To become another user.</summary>
    internal const ulong OtherUser = (1UL << CAP_SETUID) | (1UL << CAP_SETGID);

    /// <summary>To remove what was made below another user's directory, and to read a tree that its owner alone may read.</summary>
    internal const ulong ForeignFiles = (1UL << CAP_DAC_OVERRIDE) | (1UL << CAP_FOWNER);

    /// <summary>Of a server until its mount stands: then it has none.</summary>
    internal static ulong OfServer(MountSettings settings, string directory, IEnumerable<MadeDirectory> created) =>
        OfKeeper(settings, directory, created) | OfWalker(settings) | OtherUser;

    /// <summary>Of the keeper, until the mount's end.</summary>
    internal static ulong OfKeeper(MountSettings settings, string directory, IEnumerable<MadeDirectory> created)
    {
        // Never at what is mounted on: once it is, that asks the server, which may not answer yet.
        IEnumerable<string> directories = created.Select(static d => d.Path).Append(directory).Select(static p => Path.GetDirectoryName(p) ?? "");
        bool isForeign = directories.Append(settings.PidFile).Append(settings.LogFile).Any(static path => path.Length > 0 && IsOfAnother(path));
        return isForeign ? Mounting | ForeignFiles : Mounting;
    }

    /// <summary>Of the walker of -o prime.</summary>
    internal static ulong OfWalker(MountSettings settings) => settings.Prime && (settings.Umask & ReadableByAll) != 0 ? ForeignFiles : 0;

    /// <summary>It, or a directory on the way, which may be one that only its owner can pass.</summary>
    private static bool IsOfAnother(string path)
    {
        for (string? part = PosixDirectory.Absolute(path); part is { Length: > 0 }; part = Path.GetDirectoryName(part))
        {
            if (FileStatus.Of(part) is { } status && status.UserId != LibC.GetEffectiveUserId())
            {
                return true;
            }
        }

        return false;
    }
}
