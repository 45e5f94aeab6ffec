using System.Text.RegularExpressions;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Which names below a mount a command asked for, as strace saw its system calls: the most that a kernel which forgets
/// nothing has to ask the server for.
/// </summary>
internal sealed partial class TracedPaths
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    internal TracedPaths(string log, string root)
    {
        foreach (Match match in QuotedPath().Matches(File.ReadAllText(log)))
        {
            string path = match.Groups["path"].Value;
            if (path.StartsWith(root + "/", StringComparison.Ordinal))
            {
                Add(path[(root.Length + 1)..]);
            }
        }
    }

    /// <summary>Distinct paths relative to the mount: every component of every path asked for, present or absent.</summary>
    internal IReadOnlySet<string> Names => _names;

    internal static string[] Strace(string log) => ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=%file", "-o", log];

    private void Add(string path)
    {
        var parts = new List<string>();
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part is "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not ".")
            {
                parts.Add(part);
                _names.Add(string.Join('/', parts));
            }
        }
    }

    [GeneratedRegex("\"(?<path>/[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex QuotedPath();
}
