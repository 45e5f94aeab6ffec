namespace KHeadersFs.Archive.Tests;

/// <summary>
/// Tars of many writers, formats and shapes, read as GNU tar and bsdtar read them; every difference stands in decided.txt with its
/// reason, and everything in there is a difference.
/// </summary>
public sealed class DifferentialTests(TarReaders readers) : IClassFixture<TarReaders>
{
    private static readonly DecidedTable s_decided = new();

    public static TheoryData<string> Cases => [.. TarReaders.Names];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_tar_is_read_as_others_read_it_or_the_difference_is_decided(string name)
    {
        string[] undecided = Undecided(s_decided, name);
        Assert.True(undecided.Length == 0, string.Join('\n', [.. undecided, .. readers[name].Warnings.Select(static w => $"warned: {w}")]));
    }

    [Fact]
    public void No_decided_difference_has_gone()
    {
        var decided = new DecidedTable();
        foreach (string name in TarReaders.Names)
        {
            Undecided(decided, name);
        }

        string[] stale = [.. decided.Stale.Select(static row => row.ToString())];
        Assert.True(stale.Length == 0, string.Join('\n', stale));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_GNU_tar_unpacks_and_is_not_served_is_said(string name)
    {
        CaseResult result = readers[name];
        string[] missing = [.. result.Differences("gnu").Where(static d => d.EndsWith(": missing", StringComparison.Ordinal))];
        Assert.True(missing.Length <= result.Warnings.Count, string.Join('\n', [.. missing, .. result.Warnings]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_said_is_one_printable_line(string name) => Assert.All(
        [.. readers[name].Warnings, readers[name].Refusal ?? ""],
        static line => Assert.DoesNotContain(line, static c => char.IsControl(c) || c == '\uFFFD'));

    private string[] Undecided(DecidedTable decided, string name) =>
    [
        .. from reader in new[] { "gnu", "bsd" }
           from difference in readers[name].Differences(reader)
           where !decided.Has(name, reader, difference)
           select $"{name} | {reader} | {difference}",
    ];
}
