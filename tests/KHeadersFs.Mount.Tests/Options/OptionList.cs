namespace KHeadersFs.Mount.Tests;

/// <summary>What the program says of its options of -o: a line each of name (and "=ARGUMENT"), kind and help.</summary>
public static class OptionList
{
    private static readonly Lazy<string[][]> Lines = new(static () =>
    [
        .. (File.Exists(Subject.Path) ? ProcessRun.Of([Subject.Path, "--list-options"]).Succeeded().Output : string.Empty)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('\t')).Where(static line => line[1] is not ("command" or "switch")),
    ]);

    /// <summary>Every option that has an effect.</summary>
    public static TheoryData<string> Effective => [.. Names(static kind => kind is not "ignored")];

    /// <summary>Those that are for others than the program, as they would be written.</summary>
    internal static string[] Ignored => [.. Names(static kind => kind is "ignored").Select(static name => name.Replace("*", "test", StringComparison.Ordinal))];

    private static IEnumerable<string> Names(Func<string, bool> isWanted) =>
        Lines.Value.Where(line => isWanted(line[1])).Select(static line => line[0].Split('=') is [var name, var value] && value is not "*" ? name : line[0]);
}
