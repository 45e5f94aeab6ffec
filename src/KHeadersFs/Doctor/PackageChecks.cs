using KHeadersFs.Fuse;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;

namespace KHeadersFs.Doctor;

/// <summary>Whether the links to packaged headers are there.</summary>
internal static class PackageChecks
{
    private const string Check = "packages";

    /// <summary>
    /// A package of headers has a link for /lib/modules/RELEASE/build. dpkg does not make it where a directory is, a mounted one too, and
    /// does not say so (dpkg 1.21, src/main/archives.c: tarobject, TAR_FILETYPE_SYMLINK); once that is unmounted, nothing or an empty
    /// directory is there. rpm has no such case: it says that a directory is there, and does not install the package.
    /// </summary>
    /// <param name="release">The kernel that runs, which comes first. What this user may not look at is not called missing.</param>
    internal static Finding FindLinks(string release)
    {
        PackagedLink? missing = PackagedLinks.All()
            .Where(static link => PosixFile.ReadLink(link.Path) is null && new PosixException(link.Path).Errno is not PosixException.EACCES)
            .OrderBy(link => !string.Equals(link.Release, release, StringComparison.Ordinal))
            .FirstOrDefault();
        if (missing is null)
        {
            return Finding.Ok(Check, "no link to packaged headers is missing");
        }

        (string what, string? clearing) = Obstacle(MountPoint.Followed(missing.Path));
        string reinstalling = $"apt-get install --reinstall {missing.Package}";
        return Finding.Warning(
            Check,
            $"{missing.Path}, a link of the package {missing.Package}, is missing: {what}",
            Administrator.Sudo(clearing is null ? reinstalling : $"sh -c '{clearing} && {reinstalling}'"));
    }

    /// <summary>What is in the place of a link, and the command that takes it away. The mount table is asked first, as for "build".</summary>
    private static (string What, string? Clearing) Obstacle(string place)
    {
        const string mounted = "dpkg makes none where something is mounted";
        if (MountInfo.Find(place) is { } mount)
        {
            // The directory below it may be older than the mount, and stays then.
            string ending = MountInfo.AllOn(place).Any(static m => m.Type is "autofs") ? $"systemctl stop \"$(systemd-escape -p --suffix=automount {place})\""
                : ExistingMount.IsOfProgram(mount) ? $"kheadersfs -u {place}"
                : $"umount {place}";
            return (mounted, $"{ending} && rm -df {place}");
        }

        return FileStatus.Of(place, followLink: false) is not { } status ? ("nothing is there", null)
            : status.Kind is not FileStatus.Directory ? ($"{status.Description} is there", $"mv {place} {place}.old")
            : ("dpkg makes none where a directory is", PosixDirectory.List(place).Count == 0 ? $"rmdir {place}" : $"mv {place} {place}.old");
    }
}
