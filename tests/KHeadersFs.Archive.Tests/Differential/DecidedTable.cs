namespace KHeadersFs.Archive.Tests;

/// <summary>
/// decided.txt: all that is read otherwise than GNU tar or bsdtar read it. A line is "CASE | READER | DIFFERENCE | REASON"; lines that
/// begin with "#" head what follows.
/// </summary>
internal sealed class DecidedTable
{
    private readonly DecidedRow[] _rows =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Differential", "decided.txt"))
            .Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => line.Split(" | ") is [string name, string reader, string difference, string reason]
                ? new DecidedRow(name.Trim(), reader.Trim(), difference.Trim(), reason.Trim())
                : throw new InvalidDataException($"decided.txt: not four columns: {line}")),
    ];

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
