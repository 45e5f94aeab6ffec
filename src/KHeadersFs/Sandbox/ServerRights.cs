using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Serving;

namespace KHeadersFs.Sandbox;

/// <summary>Which capabilities a mount needs until its end.</summary>
internal static class ServerRights
{
    /// <summary>As bits of their numbers: to unmount, and what else this mount asks for.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="mount">The mount.</param>
    /// <param name="isOtherUser">-o setuid: nothing is the server's own any more.</param>
    internal static ulong Of(MountSettings settings, ServedMount mount, bool isOtherUser)
    {
        ulong rights = ServerSandbox.Unmounting;
        IEnumerable<string> written = [.. mount.Created.Select(static d => d.Path), settings.PidFile, settings.LogFile];
        bool isForeign = written.Any(static path => path.Length > 0 && IsOfAnother(path));

        // Who walks is this user as well.
        bool isHidden = settings.Prime && (settings.Umask & 0x124) != 0; // r--r--r--
        if (isOtherUser || isForeign || isHidden)
        {
            rights |= ServerSandbox.ForeignFiles;
        }

        return NamespaceWatch.IsNeeded ? rights | ServerSandbox.ForeignProcesses : rights;
    }

    /// <summary>Any directory on the way may be one that only its owner can pass.</summary>
    private static bool IsOfAnother(string path)
    {
        for (string? parent = Path.GetDirectoryName(path); parent is { Length: > 0 }; parent = Path.GetDirectoryName(parent))
        {
            if (FileStatus.Of(parent) is { } status && status.UserId != LibC.GetEffectiveUserId())
            {
                return true;
            }
        }

        return false;
    }
}
