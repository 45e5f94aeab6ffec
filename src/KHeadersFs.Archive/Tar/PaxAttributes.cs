using System.Formats.Tar;
using System.Globalization;

namespace KHeadersFs.Archive.Tar;

/// <summary>
/// The attributes of PAX headers that TarReader leaves to its caller: those of "g" headers, which hold for all later
/// members, and the last two digits of times (a DateTimeOffset counts in 100 ns).
/// </summary>
internal sealed class PaxAttributes
{
    private const string Mtime = "mtime";

    private string? _globalMtime;

    /// <summary>Remembers the attributes of a "g" header.</summary>
    internal void SetGlobal(PaxGlobalExtendedAttributesTarEntry entry)
    {
        if (entry.GlobalExtendedAttributes.TryGetValue(Mtime, out string? value))
        {
            // An empty value takes an earlier one back (POSIX, pax, "pax Extended Header").
            _globalMtime = value.Length == 0 ? null : value;
        }
    }

    /// <summary>The modification time of a member: seconds since 1970 and nanoseconds within the second.</summary>
    internal (long Seconds, uint Nanoseconds) ModificationTime(TarEntry entry)
    {
        string? text = _globalMtime;
        if (entry is PaxTarEntry pax && pax.ExtendedAttributes.TryGetValue(Mtime, out string? own) && own.Length > 0)
        {
            text = own;
        }

        return text is not null && TryParseTime(text, out long seconds, out uint nanoseconds)
            ? (seconds, nanoseconds)
            : (entry.ModificationTime.ToUnixTimeSeconds(), 0);
    }

    /// <summary>True for a file of which only the parts that are not holes stand in the archive (GNU tar, "Sparse Formats").</summary>
    internal static bool IsSparse(TarEntry entry) =>
        entry.EntryType == TarEntryType.SparseFile
        || (entry is PaxTarEntry pax
            && pax.ExtendedAttributes.Keys.Any(static k => k.StartsWith("GNU.sparse.", StringComparison.Ordinal)));

    /// <summary>Parses "[-]SECONDS[.FRACTION]", a time before 1970 counting its fraction backwards.</summary>
    internal static bool TryParseTime(string text, out long seconds, out uint nanoseconds)
    {
        nanoseconds = 0;
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        ReadOnlySpan<char> whole = dot < 0 ? text : text.AsSpan(0, dot);
        ReadOnlySpan<char> fraction = dot < 0 ? [] : text.AsSpan(dot + 1);
        if (!long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seconds))
        {
            return false;
        }

        uint unit = 100_000_000;
        foreach (char digit in fraction)
        {
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            nanoseconds += (uint)(digit - '0') * unit;
            unit /= 10;
        }

        if (whole.StartsWith("-") && nanoseconds > 0)
        {
            seconds--;
            nanoseconds = 1_000_000_000 - nanoseconds;
        }

        return true;
    }
}
