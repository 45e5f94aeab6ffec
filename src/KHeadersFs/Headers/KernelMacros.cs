namespace KHeadersFs.Headers;

/// <summary>
/// The macros that a kernel's configuration gives to its headers. kconfig writes them into autoconf.h, and the options that they come from into .config
/// (scripts/kconfig/confdata.c: print_symbol_for_c, print_symbol_for_dotconfig).
/// </summary>
internal sealed class KernelMacros
{
    private const string Prefix = "CONFIG_";
    private const string Module = "_MODULE";

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Those of an autoconf.h: lines of the form <c>#define CONFIG_X VALUE</c>.</summary>
    internal static KernelMacros OfHeader(string text)
    {
        var macros = new KernelMacros();
        foreach (string line in text.Split('\n'))
        {
            if (line.TrimEnd('\r').Split(' ', 3) is ["#define", var name, var value] && name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                macros._values[name] = value;
            }
        }

        return macros;
    }

    /// <summary>Those that kconfig makes of a .config: lines of the form <c>CONFIG_X=VALUE</c>.</summary>
    internal static KernelMacros OfConfiguration(string text)
    {
        var macros = new KernelMacros();
        foreach (string line in text.Split('\n'))
        {
            if (!line.StartsWith(Prefix, StringComparison.Ordinal) || line.TrimEnd('\r').Split('=', 2) is not [var name, var value] || value is "n")
            {
                continue;
            }

            macros._values[value is "m" ? name + Module : name] = value is "y" or "m" ? "1" : value;
        }

        return macros;
    }

    /// <summary>Whether there are any: a file without them is none of kconfig's.</summary>
    internal bool IsEmpty => _values.Count == 0;

    /// <summary>Whether there is a macro with the value 1: an option of a name is built in, or, with _MODULE behind it, a module.</summary>
    internal bool IsSet(string name) => _values.GetValueOrDefault(name) is "1";

    /// <summary>The options that differ, each by its name, in order.</summary>
    internal IReadOnlyList<string> DifferencesFrom(KernelMacros other) =>
    [
        .. _values.Keys.Union(other._values.Keys, StringComparer.Ordinal)
            .Where(name => !IsSame(_values.GetValueOrDefault(name), other._values.GetValueOrDefault(name)))
            .Select(name => name.EndsWith(Module, StringComparison.Ordinal) ? name[..^Module.Length] : name)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>kconfig writes 0x before a hexadecimal value into the header where .config lacks it.</summary>
    private static bool IsSame(string? one, string? other) =>
        string.Equals(one, other, StringComparison.Ordinal)
        || (one is not null && other is not null && (string.Equals($"0x{one}", other, StringComparison.Ordinal) || string.Equals(one, $"0x{other}", StringComparison.Ordinal)));
}
