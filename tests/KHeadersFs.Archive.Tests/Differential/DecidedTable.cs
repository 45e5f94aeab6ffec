namespace KHeadersFs.Archive.Tests;

/// <summary>
/// decided.txt: all that is read otherwise than GNU tar or bsdtar read it. A line "= REASON" heads those that it is the reason of,
/// "CASE | READER | DIFFERENCE"; "#" begins a remark. Rows of other versions of a reader than the installed one do not count.
/// </summary>
internal sealed class DecidedTable
{
    private readonly List<DecidedRow> _rows = [];

    internal DecidedTable()
    {
        string reason = "";
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Differential", "decided.txt")))
        {
            if (line.StartsWith("= ", StringComparison.Ordinal))
            {
                reason = line[2..];
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                if (line.Split(" | ") is not [string name, string reader, string difference] || reason.Length == 0)
                {
                    throw new InvalidDataException($"decided.txt: not three columns below a reason: {line}");
                }

                string[] since = reader.Split(">="), before = reader.Split('<');
                if ((since.Length == 1 || TarReaders.VersionOf(since[0]) >= Version.Parse(since[1]))
                    && (before.Length == 1 || TarReaders.VersionOf(before[0]) < Version.Parse(before[1])))
                {
                    _rows.Add(new DecidedRow(name, before.Length == 1 ? since[0] : before[0], difference, reason));
                }
            }
        }
    }

    internal IEnumerable<DecidedRow> Stale => _rows.Where(static row => !row.Used);

    // All rows are asked, so that each that holds is used.
    internal bool Has(string name, string reader, string difference)
    {
        bool has = false;
        foreach (DecidedRow row in _rows)
        {
            has |= row.Matches(name, reader, difference);
        }

        return has;
    }
}
