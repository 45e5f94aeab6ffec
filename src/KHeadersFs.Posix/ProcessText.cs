using System.Runtime.InteropServices;
using KHeadersFs.Posix.Interop;

namespace KHeadersFs.Posix;

/// <summary>Arguments and variables that this process was started with, to the byte.</summary>
internal static unsafe class ProcessText
{
    private const string CommandLine = "/proc/self/cmdline";

    /// <summary>All variables, each as "NAME=VALUE".</summary>
    internal static IEnumerable<string> Variables
    {
        get
        {
            var all = new List<string>();
            for (byte** variable = SystemNative.GetEnvironment(); variable is not null && *variable is not null; variable++)
            {
                all.Add(PathText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*variable)));
            }

            return all;
        }
    }

    /// <summary>The value of a variable, or null.</summary>
    internal static string? Variable(string name) =>
        Variables.FirstOrDefault(v => v.StartsWith(name, StringComparison.Ordinal) && v.AsSpan(name.Length) is ['=', ..])?[(name.Length + 1)..];

    /// <summary>
    /// argv, whose first string is the program's name. The runtime hands over <paramref name="decoded"/>, in which U+FFFD stands for
    /// whatever is not UTF-8: then the kernel is asked.
    /// </summary>
    /// <exception cref="PosixException">It had to be asked, and /proc is not mounted.</exception>
    internal static string[] Arguments(string[] decoded) => Array.Exists(decoded, static a => a.Contains('\uFFFD', StringComparison.Ordinal))
        ? [.. Split(PosixFile.ReadAll(CommandLine))]
        : decoded;

    private static List<string> Split(ReadOnlySpan<byte> bytes)
    {
        var all = new List<string>();
        while (bytes.IndexOf((byte)0) is >= 0 and int end)
        {
            all.Add(PathText.FromBytes(bytes[..end]));
            bytes = bytes[(end + 1)..];
        }

        return all;
    }
}
