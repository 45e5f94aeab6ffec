using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>What /proc says about the program's processes. A process that has gone answers with nothing.</summary>
internal static class ProcFs
{
    /// <summary>The processes that run <paramref name="program"/>. Zombies have no exe link and do not count.</summary>
    internal static IReadOnlyList<int> Running(string program) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(static path => Path.GetFileName(path))
            .Where(static name => char.IsAsciiDigit(name[0]))
            .Select(static name => int.Parse(name, CultureInfo.InvariantCulture))
            .Where(id => string.Equals(Link(id, "exe"), program, StringComparison.Ordinal)),
    ];

    /// <summary>Whether a process has such a command line, of words that end with a null.</summary>
    internal static bool AnyCommandLine(Predicate<string> predicate) =>
        Directory.EnumerateDirectories("/proc").Where(static path => char.IsAsciiDigit(Path.GetFileName(path)[0])).Any(path =>
        {
            try
            {
                return predicate(File.ReadAllText($"{path}/cmdline"));
            }
            catch (IOException)
            {
                return false; // it has ended
            }
        });

    /// <summary>The target of /proc/ID/NAME.</summary>
    internal static string? Link(int id, string name)
    {
        byte[] target = new byte[4096];
        long length = Syscall.readlink($"/proc/{id}/{name}", target);
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(target, 0, (int)length);
    }

    /// <summary>Open descriptors: number to what it is open on.</summary>
    internal static SortedDictionary<int, string> Descriptors(int id)
    {
        var descriptors = new SortedDictionary<int, string>();
        try
        {
            foreach (string path in Directory.EnumerateFileSystemEntries($"/proc/{id}/fd"))
            {
                int number = int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);
                if (Link(id, $"fd/{number}") is { } target)
                {
                    descriptors[number] = target;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // The process ended while it was looked at.
        }

        return descriptors;
    }

    /// <summary>A "Name:  n kB" line of /proc/ID/status in bytes; 0 when the process has gone.</summary>
    internal static long StatusBytes(int id, params ReadOnlySpan<string> names) => Bytes(id, "status", names);

    /// <summary>
    /// The proportional set size: of each resident page the share of this process among all that map it. What is left of
    /// other files in memory (libc's above all) is thereby counted once in the whole system. Memfds that are mapped are left out:
    /// <see cref="ServerMemory.StoreBytes"/> counts all of their pages, mapped or not.
    /// </summary>
    internal static long ProportionalBytes(int id) => Bytes(id, "smaps", "Pss");

    private static long Bytes(int id, string file, params ReadOnlySpan<string> names)
    {
        try
        {
            long sum = 0;
            bool counted = true;
            foreach (string line in File.ReadLines($"/proc/{id}/{file}"))
            {
                // In smaps a line "ADDRESS-ADDRESS ... PATH" heads the fields of a mapping.
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                counted = char.IsAsciiLetterUpper(line[0]) ? counted : !line.Contains("/memfd:", StringComparison.Ordinal);
                if (counted && names.Contains(line[..colon]))
                {
                    sum += 1024 * long.Parse(line.AsSpan(colon + 1, line.Length - colon - 4), CultureInfo.InvariantCulture);
                }
            }

            return sum;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>The session of a process.</summary>
    internal static int Session(int id) => StatField(id, 6);

    /// <summary>The parent of a process; 0 when it has gone.</summary>
    internal static int Parent(int id)
    {
        try
        {
            return StatField(id, 4);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Pages of files that this machine's kernel has taken back and read again so far (mm/workingset.c); 0 where it does not count.</summary>
    internal static long ReadAgain() => File.ReadLines("/proc/vmstat")
        .Where(static line => line.StartsWith("workingset_refault_file ", StringComparison.Ordinal))
        .Select(static line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).FirstOrDefault();

    /// <summary>What the kernel calls a process, at most 15 letters; empty when it has gone.</summary>
    internal static string Name(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/comm").TrimEnd();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    // proc_pid_stat(5) counts from 1; field 2 is a name in parentheses.
    private static int StatField(int id, int number)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[number - 3], CultureInfo.InvariantCulture);
    }
}
