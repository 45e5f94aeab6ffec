using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Serving;

namespace KHeadersFs.Sandbox;

/// <summary>Which capabilities a mount needs until its end.</summary>
internal static class ServerRights
{
    /// <summary>As bits of their numbers: to mount and unmount, and what else this mount asks for.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="directory">Where the mount is.</param>
    /// <param name="created">What was made for it.</param>
    /// <param name="isOtherUser">-o setuid: nothing is the server's own any more.</param>
    internal static ulong Of(MountSettings settings, string directory, IEnumerable<MadeDirectory> created, bool isOtherUser)
    {
        ulong rights = ServerSandbox.Unmounting;

        // Never at what is mounted on: once it is, that asks the server, which may not answer yet.
        IEnumerable<string> directories = created.Select(static d => d.Path).Append(directory).Select(static p => Path.GetDirectoryName(p) ?? "");
        bool isForeign = directories.Append(settings.PidFile).Append(settings.LogFile).Any(static path => path.Length > 0 && IsOfAnother(path));

        // Who walks is this user as well.
        bool isHidden = settings.Prime && (settings.Umask & 0x124) != 0; // r--r--r--
        if (isOtherUser || isForeign || isHidden)
        {
            rights |= ServerSandbox.ForeignFiles;
        }

        return NamespaceWatch.IsNeeded ? rights | ServerSandbox.ForeignProcesses : rights;
    }

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
