namespace KHeadersFs.Mount.Tests;

/// <summary>The mounts of this namespace.</summary>
internal static class MountTable
{
    /// <summary>All mounts, in mount order (proc_pid_mountinfo(5): optional fields end at a lone hyphen).</summary>
    internal static IReadOnlyList<MountEntry> Read() =>
    [
        .. File.ReadLines("/proc/self/mountinfo").Select(static line =>
        {
            string[] fields = line.Split(' ');
            int hyphen = Array.IndexOf(fields, "-");
            return new MountEntry(fields[4], fields[5], fields[hyphen + 1], fields[hyphen + 2], fields[2]);
        }),
    ];

    /// <summary>The topmost mount on a directory.</summary>
    internal static MountEntry? At(string directory) =>
        Read().LastOrDefault(mount => string.Equals(mount.Directory, directory, StringComparison.Ordinal));
}
