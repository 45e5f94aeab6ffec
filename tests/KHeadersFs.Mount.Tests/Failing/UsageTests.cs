using System.Text.RegularExpressions;

namespace KHeadersFs.Mount.Tests;

/// <summary>The command line: what it tells, and what it refuses with exit code 1.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public UsageTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("-h", "(?i)usage: kheadersfs .*ARCHIVE DIR")]
    [InlineData("--help-all", "(?i)usage: kheadersfs .*ARCHIVE DIR")]
    [InlineData("-V", @"^kheadersfs \d+\.\d+\.\d+")]
    public void Help_and_version_are_printed_to_standard_output(string option, string pattern)
    {
        ProcessRun run = Subject.Run(_scratch, [option]).Succeeded();
        Assert.Matches(new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(1)), run.Output);
        Assert.Empty(run.Error);
        Assert.Empty(FailedMount.Leftovers(_scratch));
    }

    [Fact]
    public void Help_fits_a_screen_and_the_whole_of_it_has_every_option()
    {
        string[] lines = Subject.Run(_scratch, ["-h"]).Succeeded().Output.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 10, 24);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));

        string all = Subject.Run(_scratch, ["--help-all"]).Succeeded().Output;
        string[] options = Subject.Run(_scratch, ["--list-options"]).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(
            options.Select(static line => line.Split('\t')).Where(static fields => fields[2].Length > 0),
            fields => Assert.Contains($"\n  {(fields[1] is "switch" ? fields[0].Replace('=', ' ') : fields[0])} ", all, StringComparison.Ordinal));
        Assert.All(all.Split('\n'), static line => Assert.InRange(line.Length, 0, 80));

        // A usage line for each command, and its help is that of the program.
        Assert.All(
            options.Select(static line => line.Split('\t')).Where(static fields => fields[1] is "command"),
            fields =>
            {
                Assert.Contains(lines, line => line.StartsWith($"       kheadersfs {fields[0]} ", StringComparison.Ordinal));
                Assert.Equal(string.Join('\n', lines), Subject.Run(_scratch, [fields[0], "-h"]).Succeeded().Output.TrimEnd('\n'));
            });
    }

    [Theory]
    [InlineData("")]
    [InlineData("-f")]
    [InlineData("archive")]
    [InlineData("archive mnt one-too-many")]
    [InlineData("archive mnt -o")]
    public void Too_few_or_too_many_arguments_are_a_usage_error(string arguments) =>
        FailedMount.Expect(FailedMount.Usage, "kheadersfs", _scratch, Split(arguments));

    [Theory]
    [InlineData("-z archive mnt", "-z")]
    [InlineData("--bogus archive mnt", "--bogus")]
    [InlineData("-o bogus archive mnt", "bogus")]
    [InlineData("-o ro,bogus=1,nodev archive mnt", "bogus")]
    [InlineData("archive mnt -o bogus", "bogus")]
    public void An_unknown_option_is_named(string arguments, string named) =>
        FailedMount.Expect(FailedMount.Usage, named, _scratch, Split(arguments));

    private string[] Split(string arguments) =>
    [
        .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word switch { "archive" => Archives.Real, "mnt" => _scratch.MountPoint, _ => word }),
    ];
}
