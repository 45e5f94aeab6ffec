using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Systemd;

/// <summary>The directory where an installed kernel's headers are looked for: /lib/modules/RELEASE/build, or where that leads.</summary>
internal static class HeadersPlace
{
    /// <summary>
    /// Where it really is, for systemd mounts on no symbolic link; null where nothing is to be mounted: the kernel is not installed, or
    /// something is there already.
    /// </summary>
    /// <remarks>
    /// The mount table is asked first. Into what is armed nobody may look whom process 1 waits for: automount and process 1 would wait
    /// for each other. realpath(3) and readlink(2) do not wake an automount.
    /// </remarks>
    internal static string? Find(string release)
    {
        string given = $"{InstalledModule.Place}/{release}";
        if (MountPoint.TryResolve(given) is not { } modules)
        {
            return null;
        }

        string place = MountPoint.Followed($"{modules}/build");
        if (MountInfo.Find(place) is { } mount)
        {
            return mount.Type is "autofs" || ExistingMount.IsOfProgram(mount) ? place : null;
        }

        // What is in the way otherwise: a package's headers, anything else that somebody has put there, a link to a link to nothing, or what cannot be seen.
        return HeaderTree.Look(place).State is HeaderState.Empty or HeaderState.Absent && PosixFile.ReadLink(place) is null ? place : null;
    }

    /// <summary>The innermost directory around <paramref name="place"/> that is there.</summary>
    internal static string Around(string place)
    {
        string path = place;
        do
        {
            path = Path.GetDirectoryName(path) ?? "/";
        }
        while (!PosixDirectory.Exists(path));

        return path;
    }
}
