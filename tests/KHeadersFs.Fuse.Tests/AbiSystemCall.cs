using System.Globalization;
using System.Text.RegularExpressions;

namespace KHeadersFs.Fuse.Tests;

/// <summary>A number of the sandbox's lists, for both architectures, and the name that stands beside it in a comment.</summary>
/// <param name="Name">As in __NR_NAME.</param>
/// <param name="X86">Its number there.</param>
/// <param name="Arm">Its number there; -1 where there is none.</param>
internal sealed partial record AbiSystemCall(string Name, long X86, long Arm)
{
    private const string File = "Sandbox/SystemCalls.cs";

    /// <summary>Those of the lists, in their order: as many names in a line as pairs.</summary>
    internal static IReadOnlyList<AbiSystemCall> Listed()
    {
        var all = new List<AbiSystemCall>();
        foreach (string line in Text().Split('\n').Where(static line => Pair().IsMatch(line) && line.Contains("//", StringComparison.Ordinal)))
        {
            string[] parts = line.Split("//");
            MatchCollection pairs = Pair().Matches(parts[0]);
            string[] names = [.. Names().Matches(parts[1].Split(':')[0]).Select(static match => match.Value)];
            Assert.True(pairs.Count == names.Length, $"{pairs.Count} pairs and {names.Length} names: {line.Trim()}");
            all.AddRange(pairs.Zip(names, static (pair, name) => new AbiSystemCall(name, Number(pair, "x86"), Number(pair, "arm"))));
        }

        return all;
    }

    /// <summary>How many pairs there are, named or not.</summary>
    internal static int Pairs() => Pair().Count(Text());

    /// <summary>Those with a property of their own, whose first word of documentation is "NAME(2)".</summary>
    internal static IReadOnlyList<AbiSystemCall> Properties() =>
        [.. Property().Matches(Text()).Select(static match => new AbiSystemCall(
            match.Groups["name"].Value,
            Number(match, match.Groups["x86"].Success ? "x86" : "both"),
            Number(match, match.Groups["arm"].Success ? "arm" : "both")))];

    /// <summary>Assertions for the compiler: a call that an architecture does not have must have no number there.</summary>
    internal IEnumerable<string> Checks(bool isArm)
    {
        long number = isArm ? Arm : X86;
        return number >= 0
            ? [AbiConstant.WhereThereIs($"__NR_{Name}", Abi.Constant($"__NR_{Name}", number))]
            : [$"#ifdef __NR_{Name}", $"#error there is __NR_{Name}", "#endif"];
    }

    private static string Text() => AbiCompiler.Sources().Single(static source => source.Name.EndsWith(File, StringComparison.Ordinal)).Text;

    private static long Number(Match match, string group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\((?<x86>-?\d+), (?<arm>-?\d+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pair();

    [GeneratedRegex(@"[a-z_][a-z0-9_]*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Names();

    [GeneratedRegex(@"<summary>(?<name>[a-z0-9_]+)\(2\)[^\n]*\n\s*internal static uint \w+ => (IsArm \? (?<arm>\d+)U? : (?<x86>\d+)U?|(?<both>\d+));", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Property();
}
