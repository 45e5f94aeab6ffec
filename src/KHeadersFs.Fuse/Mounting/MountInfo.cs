using System.Globalization;
using System.Text;
using KHeadersFs.Posix;

namespace KHeadersFs.Fuse;

/// <summary>
/// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). Reading it never touches a mounted file system, so it
/// cannot hang on a dead one.
/// </summary>
/// <param name="Id">Mount id.</param>
/// <param name="ParentId">Mount id of what it is mounted on.</param>
/// <param name="Major">Major number of st_dev.</param>
/// <param name="Minor">Minor number of st_dev; for FUSE the number below /sys/fs/fuse/connections.</param>
/// <param name="Root">Directory of the file system that is mounted.</param>
/// <param name="Directory">Where, as seen from this process's root.</param>
/// <param name="Options">Options of the mount.</param>
/// <param name="Type">File system type, "fuse.name" for ours.</param>
/// <param name="Source">Source as given to mount(2).</param>
/// <param name="SuperOptions">Options of the file system.</param>
public sealed record MountInfo(
    int Id,
    int ParentId,
    uint Major,
    uint Minor,
    string Root,
    string Directory,
    string Options,
    string Type,
    string Source,
    string SuperOptions)
{
    private const string Table = "/proc/self/mountinfo";

    /// <summary>What is mounted on or below it is seen in other mount namespaces too (mount_namespaces(7), "shared").</summary>
    public bool IsShared { get; init; }

    /// <summary>The user who has mounted it, as FUSE says in its options (user_id=); null for another file system.</summary>
    public uint? UserId => SuperOptions.Split(',')
        .Where(static o => o.StartsWith("user_id=", StringComparison.Ordinal))
        .Select(static o => uint.TryParse(o.AsSpan("user_id=".Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? (uint?)id : null)
        .FirstOrDefault();

    /// <summary>The mount that a path lookup of a directory ends in, if it is a mount point.</summary>
    /// <param name="directory">Relative to the working directory or absolute; symbolic links are not resolved.</param>
    /// <returns>The topmost mount there, or null.</returns>
    /// <exception cref="IOException">/proc is not mounted.</exception>
    public static MountInfo? Find(string directory) => FindIn(PosixFile.ReadLines(Table), directory);

    /// <summary>All mounts on a directory, in the order of mounting: those that a path lookup does not end in, too.</summary>
    /// <param name="directory">As for <see cref="Find"/>.</param>
    /// <returns>None where it is no mount point.</returns>
    /// <exception cref="IOException">/proc is not mounted.</exception>
    public static IReadOnlyList<MountInfo> AllOn(string directory)
    {
        string wanted = PosixDirectory.Absolute(directory);
        return [.. PosixFile.ReadLines(Table).Select(TryParse).OfType<MountInfo>().Where(m => string.Equals(m.Directory, wanted, StringComparison.Ordinal))];
    }

    /// <summary>Whether a file system is still mounted anywhere in this process's mount namespace.</summary>
    /// <param name="major">Major number of its st_dev.</param>
    /// <param name="minor">Minor number of its st_dev.</param>
    /// <returns>False also while it lives on without a place, for those who have files open there.</returns>
    /// <exception cref="IOException">/proc is not mounted.</exception>
    public static bool IsMounted(uint major, uint minor) => IsMountedIn(PosixFile.ReadLines(Table), major, minor);

    /// <summary>All mounts of a type that a path lookup can end in, in the order of mounting.</summary>
    /// <param name="type">"fuse.name" for ours.</param>
    /// <returns>Without those that another mount on the same directory covers.</returns>
    /// <exception cref="IOException">/proc is not mounted.</exception>
    public static IReadOnlyList<MountInfo> AllOfType(string type)
    {
        string[] table = PosixFile.ReadLines(Table);
        return
        [
            .. table.Select(TryParse).OfType<MountInfo>()
                .Where(m => string.Equals(m.Type, type, StringComparison.Ordinal) && FindIn(table, m.Directory)?.Id == m.Id),
        ];
    }

    /// <summary>All places where a file system is mounted in this process's mount namespace, in the order of mounting.</summary>
    /// <param name="major">Major number of its st_dev.</param>
    /// <param name="minor">Minor number of its st_dev.</param>
    /// <returns>Copies by bind mounts included.</returns>
    /// <exception cref="IOException">/proc is not mounted.</exception>
    public static IReadOnlyList<MountInfo> AllOf(uint major, uint minor) =>
        [.. PosixFile.ReadLines(Table).Select(TryParse).OfType<MountInfo>().Where(m => m.Major == major && m.Minor == minor)];

    /// <summary>The mount that a path lies in: the topmost on its longest prefix that is a mount point.</summary>
    /// <param name="directory">As for <see cref="Find"/>.</param>
    /// <returns>Null only where the root directory is none, as after chroot(2).</returns>
    /// <exception cref="IOException">/proc is not mounted.</exception>
    public static MountInfo? Around(string directory)
    {
        string[] table = PosixFile.ReadLines(Table);
        for (string? path = PosixDirectory.Absolute(directory); path is not null; path = Path.GetDirectoryName(path))
        {
            if (FindIn(table, path) is { } mount)
            {
                return mount;
            }
        }

        return null;
    }

    /// <summary>Parses one line.</summary>
    /// <param name="line">Without its line end.</param>
    /// <returns>Null when it is not of that form.</returns>
    public static MountInfo? TryParse(string line)
    {
        string[] fields = line.Split(' ');
        int dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length)); // optional fields stand between
        if (dash < 0 || fields.Length < dash + 4)
        {
            return null;
        }

        string[] device = fields[2].Split(':');
        return int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int parent)
            && device.Length == 2
            && uint.TryParse(device[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint major)
            && uint.TryParse(device[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint minor)
            ? new MountInfo(
                id,
                parent,
                major,
                minor,
                Unescape(fields[3]),
                Unescape(fields[4]),
                fields[5],
                Unescape(fields[dash + 1]),
                Unescape(fields[dash + 2]),
                Unescape(fields[dash + 3]))
            {
                IsShared = Array.Exists(fields[6..dash], static f => f.StartsWith("shared:", StringComparison.Ordinal)),
            }
            : null;
    }

    internal static bool IsMountedIn(IEnumerable<string> lines, uint major, uint minor) =>
        lines.Any(line => TryParse(line) is { } mount && mount.Major == major && mount.Minor == minor);

    internal static MountInfo? FindIn(IEnumerable<string> lines, string directory)
    {
        string wanted = PosixDirectory.Absolute(directory);
        MountInfo? top = null;
        foreach (string line in lines)
        {
            MountInfo? mount = TryParse(line);
            if (mount is not null && string.Equals(mount.Directory, wanted, StringComparison.Ordinal)
                && (top is null || mount.Id != top.ParentId))
            {
                top = mount; // listed in the order of mounting, so the last is topmost unless another stands on it
            }
        }

        return top;
    }

    /// <summary>Undoes fs/seq_file.c: mangle_path, which writes space, tab, newline, "\" and "#" as "\ooo".</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length
                && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
