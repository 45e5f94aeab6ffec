using System.Globalization;
using System.Text;

namespace KHeadersFs.Archive.Views;

/// <summary>A kernel's .config, and what kconfig makes of it (scripts/kconfig/confdata.c of Linux).</summary>
internal static class KernelConfiguration
{
    private const string Define = "#define CONFIG_";
    private const string Option = "CONFIG_";

    /// <summary>
    /// include/config/auto.conf, as the kernel's build has made it of a .config beside <paramref name="header"/>: the options that are set,
    /// in that file's order. Null where the two do not say the same.
    /// </summary>
    /// <param name="configuration">The .config.</param>
    /// <param name="header">include/generated/autoconf.h.</param>
    /// <param name="release">The kernel's release: since 5.17 strings have no quotes (Linux 129ab0d2d9f3).</param>
    internal static byte[]? TryMakeAutoConf(byte[] configuration, byte[] header, string release)
    {
        bool hasQuotes = !IsSince517(release);
        var text = new StringBuilder();
        var set = new HashSet<string>(StringComparer.Ordinal);
        bool isHead = true;
        foreach (string line in LinesOf(configuration))
        {
            isHead &= line.StartsWith('#');
            if (isHead)
            {
                text.Append(line).Append('\n');
            }
            else if (line.StartsWith(Option, StringComparison.Ordinal) && !line.EndsWith("=n", StringComparison.Ordinal))
            {
                set.Add(line[Option.Length..]);
            }
        }

        foreach (string line in LinesOf(header).Where(static l => l.StartsWith(Define, StringComparison.Ordinal)))
        {
            if (Array.Find(Sources(line[Define.Length..]), set.Remove) is not { } source)
            {
                return null;
            }

            text.Append(Option).Append(hasQuotes ? source : Unquoted(source)).Append('\n');
        }

        return set.Count == 0 ? Encoding.UTF8.GetBytes(text.ToString()) : null;
    }

    private static bool IsSince517(string release)
    {
        string[] numbers = release.Split('.', '-');
        return numbers.Length >= 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
            && (major > 5 || (major == 5 && minor >= 17));
    }

    private static IEnumerable<string> LinesOf(byte[] text) => Encoding.UTF8.GetString(text).Split('\n').Select(static l => l.TrimEnd('\r'));

    /// <summary>What a .config may have for a line that defines "NAME VALUE".</summary>
    private static string[] Sources(string text)
    {
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        (string name, string value) = blank < 0 ? (text, "") : (text[..blank], text[(blank + 1)..]);
        return value is not "1" ? [$"{name}={value}"]
            : name.EndsWith("_MODULE", StringComparison.Ordinal) ? [$"{name[..^"_MODULE".Length]}=m", $"{name}=y", $"{name}=1"]
            : [$"{name}=y", $"{name}=1"];
    }

    /// <summary>NAME="a \"b\"" as NAME=a "b".</summary>
    private static string Unquoted(string option)
    {
        int start = option.IndexOf("=\"", StringComparison.Ordinal);
        if (start < 0 || !option.EndsWith('"') || option.Length < start + 3)
        {
            return option;
        }

        var text = new StringBuilder(option[..(start + 1)]);
        for (int i = start + 2; i < option.Length - 1; i++)
        {
            i += option[i] == '\\' && i + 1 < option.Length - 1 ? 1 : 0;
            text.Append(option[i]);
        }

        return text.ToString();
    }
}
