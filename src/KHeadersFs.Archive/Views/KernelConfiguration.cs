using System.Globalization;
using System.Text;

namespace KHeadersFs.Archive.Views;

/// <summary>A kernel's .config, and what kconfig makes of it (scripts/kconfig/confdata.c of Linux).</summary>
internal static class KernelConfiguration
{
    private const string Define = "#define CONFIG_";
    private const string Option = "CONFIG_";
    private const string Unset = "# CONFIG_";
    private const string IsUnset = " is not set";
    private const string Module = "_MODULE";

    /// <summary>
    /// What Debian takes out of the configurations that it installs, not out of its headers: who builds with one of them has no such key
    /// (config-6.1.0-57-amd64 of linux-image, lib/modules/7.2.13+deb14-amd64/config of linux-base).
    /// </summary>
    private static readonly string[] s_leftOut = ["BUILD_SALT", "MODULE_SIG_ALL", "MODULE_SIG_KEY", "SYSTEM_TRUSTED_KEYS"];

    /// <summary>
    /// The .config from which the kernel's build has made <paramref name="header"/>, whole, and include/config/auto.conf, as that build has
    /// made it beside: the options that are set, in the header's order. Null where the two do not say the same.
    /// </summary>
    /// <param name="configuration">The .config, maybe without what distributions leave out.</param>
    /// <param name="header">include/generated/autoconf.h.</param>
    /// <param name="release">The kernel's release: since 5.17 strings have no quotes (Linux 129ab0d2d9f3).</param>
    internal static (byte[] Configuration, byte[] Settings)? TryComplete(byte[] configuration, byte[] header, string release)
    {
        bool hasQuotes = !IsSince517(release);
        Dictionary<string, string> options = OptionsOf(configuration);
        var settings = new StringBuilder();
        var missing = new StringBuilder();
        foreach (string line in LinesOf(configuration).TakeWhile(static l => l.StartsWith('#') && !l.EndsWith(IsUnset, StringComparison.Ordinal)))
        {
            settings.Append(line).Append('\n');
        }

        foreach (string line in LinesOf(header).Where(static l => l.StartsWith(Define, StringComparison.Ordinal)))
        {
            (string name, string value) = Split(line[Define.Length..], ' ');
            if (!options.ContainsKey(name) && s_leftOut.Contains(name))
            {
                value = value is "1" ? "y" : value;
                missing.Append(Option).Append(name).Append('=').Append(value).Append('\n');
            }
            else if (!TryTake(options, ref name, ref value))
            {
                return null;
            }

            settings.Append(Option).Append(name).Append('=').Append(hasQuotes ? value : Unquoted(value)).Append('\n');
        }

        return options.Values.Any(static v => v is not "n")
            ? null
            : ([.. configuration, .. Encoding.UTF8.GetBytes(missing.ToString())], Encoding.UTF8.GetBytes(settings.ToString()));
    }

    /// <summary>All options that a .config mentions; the value of one that is not set is n.</summary>
    private static Dictionary<string, string> OptionsOf(byte[] configuration)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in LinesOf(configuration))
        {
            if (line.StartsWith(Option, StringComparison.Ordinal))
            {
                (string name, string value) = Split(line[Option.Length..], '=');
                options[name] = value;
            }
            else if (line.StartsWith(Unset, StringComparison.Ordinal) && line.EndsWith(IsUnset, StringComparison.Ordinal))
            {
                options[line[Unset.Length..^IsUnset.Length]] = "n";
            }
        }

        return options;
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

    private static (string Name, string Value) Split(string text, char separator) =>
        text.IndexOf(separator, StringComparison.Ordinal) is >= 0 and int at ? (text[..at], text[(at + 1)..]) : (text, "");

    /// <summary>
    /// Takes the option out of <paramref name="options"/> for which a header defines <paramref name="value"/> for <paramref name="name"/>:
    /// both become those of the .config. False if there is none.
    /// </summary>
    private static bool TryTake(Dictionary<string, string> options, ref string name, ref string value)
    {
        if (value is "1" && name.EndsWith(Module, StringComparison.Ordinal) && options.TryGetValue(name[..^Module.Length], out string? source) && source is "m")
        {
            name = name[..^Module.Length];
        }
        else if (!options.TryGetValue(name, out source) || !IsDefinedAs(source, value))
        {
            return false;
        }

        value = source;
        return options.Remove(name);
    }

    /// <summary>
    /// Whether a header defines <paramref name="value"/> for what a .config has (confdata.c: print_symbol_for_c): y is 1, and a hexadecimal
    /// number, which a .config may have without it, has 0x. A string has its quotes and escapes in both.
    /// </summary>
    private static bool IsDefinedAs(string option, string value) =>
        string.Equals(option, value, StringComparison.Ordinal)
        || (option is "y" && value is "1")
        || (IsHexadecimal(value) && string.Equals(IsHexadecimal(option) ? option[2..] : option, value[2..], StringComparison.OrdinalIgnoreCase));

    private static bool IsHexadecimal(string value) => value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);

    /// <summary>"a \"b\"" as a "b"; anything else as it is.</summary>
    private static string Unquoted(string value)
    {
        if (value is not ['"', .. var quoted, '"'])
        {
            return value;
        }

        var text = new StringBuilder();
        for (int i = 0; i < quoted.Length; i++)
        {
            i += quoted[i] == '\\' && i + 1 < quoted.Length ? 1 : 0;
            text.Append(quoted[i]);
        }

        return text.ToString();
    }
}
