using System.Text.RegularExpressions;

namespace KHeadersFs.Mount.Tests;

/// <summary>The mounts of this namespace.</summary>
internal static partial class MountTable
{
    /// <summary>All mounts, in mount order (proc_pid_mountinfo(5): optional fields end at a lone hyphen).</summary>
    internal static IReadOnlyList<MountEntry> Read() =>
    [
        .. File.ReadLines("/proc/self/mountinfo").Select(static line =>
        {
            string[] fields = line.Split(' ');
            int hyphen = Array.IndexOf(fields, "-");
            return new MountEntry(Unescape(fields[4]), fields[5], fields[hyphen + 1], Unescape(fields[hyphen + 2]), fields[2]);
        }),
    ];

    /// <summary>The topmost mount on a directory.</summary>
    internal static MountEntry? At(string directory) =>
        Read().LastOrDefault(mount => string.Equals(mount.Directory, directory, StringComparison.Ordinal));

    /// <summary>Space, tab, newline and backslash are written as three octal digits.</summary>
    private static string Unescape(string field) =>
        Escaped().Replace(field, static match => $"{(char)Convert.ToInt32(match.Groups["digits"].Value, 8)}");

    [GeneratedRegex(@"\\(?<digits>[0-7]{3})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Escaped();
}
