using System.Text.RegularExpressions;

namespace KHeadersFs.Fuse.Tests;

/// <summary>A variable that Native/inherited.c does not keep cannot be read: each that the sources name is in its list.</summary>
public partial class VariableNamesTests
{
    [Fact]
    public void Every_variable_that_is_read_is_kept()
    {
        string sources = Path.Combine(Root(), "src");
        string native = File.ReadAllText(Path.Combine(sources, "KHeadersFs", "Native", "inherited.c"));
        string list = Regex.Match(native, @"kept_variables\[\] = \{(?<list>[^}]*)\}", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Groups["list"].Value;
        string[] kept = [.. Literal().Matches(list).Select(static m => m.Groups["name"].Value)];
        string[] read =
        [
            .. Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
                .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.EndsWith("/FuserMount.cs", StringComparison.Ordinal))
                .Select(File.ReadAllText)
                .Where(static text => text.Contains("ProcessText.Variable", StringComparison.Ordinal))
                .SelectMany(static text => Literal().Matches(text))
                .Select(static m => m.Groups["name"].Value)
                .Where(static name => (name.Contains('_', StringComparison.Ordinal) || name is "PATH" or "TERM" or "TMPDIR" or "HOME") && name is not "LISTEN_"), // a prefix
        ];
        Assert.Contains("NOTIFY_SOCKET", read, StringComparer.Ordinal);
        Assert.Empty(read.Except(kept, StringComparer.Ordinal));
    }

    [GeneratedRegex("\"(?<name>[A-Z][A-Z_]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literal();

    private static string Root()
    {
        DirectoryInfo directory = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "KHeadersFs.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("the sources are not around the tests");
        }

        return directory.FullName;
    }
}
