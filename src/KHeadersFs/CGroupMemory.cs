using System.Globalization;
using KHeadersFs.Posix;

namespace KHeadersFs;

/// <summary>Memory limits of the control groups that this process is in, of both versions (cgroups(7)). What cannot be read does not count.</summary>
internal static class CGroupMemory
{
    /// <summary>Where a group without a limit of its own may be: those above it count as well, and a container shows its own as the root.</summary>
    private static readonly (string Root, string Limit, string Used)[] s_hierarchies =
    [
        ("/sys/fs/cgroup", "memory.max", "memory.current"),
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ];

    /// <summary>The lowest limit, in bytes, or null.</summary>
    internal static long? Limit => Groups().Min(static g => (long?)g.Limit);

    /// <summary>Bytes until the nearest limit, or null; the kernel would make room by dropping caches first.</summary>
    internal static long? Left => Groups().Min(static g => (long?)(g.Limit - g.Used));

    private static List<(long Limit, long Used)> Groups()
    {
        var groups = new List<(long, long)>();
        foreach (string line in Lines("/proc/self/cgroup"))
        {
            // "0::PATH", or "NUMBER:CONTROLLER,...:PATH" of version 1.
            string[] fields = line.Split(':', 3);
            int version = fields is ["0", "", _] ? 0 : fields is [_, var controllers, _] && controllers.Split(',').Contains("memory") ? 1 : -1;
            if (version < 0)
            {
                continue;
            }

            (string root, string limitName, string usedName) = s_hierarchies[version];
            for (string path = fields[2].TrimEnd('/'); ; path = path[..path.LastIndexOf('/')])
            {
                if (Number($"{root}{path}/{limitName}") is { } limit)
                {
                    groups.Add((limit, Number($"{root}{path}/{usedName}") ?? 0));
                }

                if (path.Length == 0)
                {
                    break;
                }
            }
        }

        return groups;
    }

    private static long? Number(string path) =>
        Lines(path) is [var text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string[] Lines(string path)
    {
        try
        {
            return PosixFile.ReadLines(path);
        }
        catch (IOException)
        {
            return [];
        }
    }
}
