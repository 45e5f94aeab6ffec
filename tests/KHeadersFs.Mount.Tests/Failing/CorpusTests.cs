using System.Globalization;
using System.IO.Compression;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// The smallest inputs that fail in each way, and some that look as if they did: corpus.txt has a row for each, with its name, options, the exit
/// status, the input (zlib, base64) and the words of each line, with "|" between two lines. The last line of a refusal is the error; all others
/// are warnings. An input is mounted as it is, so all of them go through the process that decodes.
/// </summary>
public sealed class CorpusTests : IDisposable
{
    private readonly MountSite _site = new();

    public static TheoryData<string> Names => [.. Rows.Keys];

    private static Dictionary<string, string[]> Rows { get; } = File
        .ReadLines(Path.Combine(Subject.RepositoryRoot(), "tests/KHeadersFs.Mount.Tests/Failing/corpus.txt"))
        .Select(static line => line.Split('\t'))
        .ToDictionary(static row => row[0], StringComparer.Ordinal);

    public void Dispose() => _site.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_input_ends_with_its_status_and_its_line(string name)
    {
        string[] row = Rows[name];
        string input = _site.Scratch.In("input");
        using (var packed = new ZLibStream(new MemoryStream(Convert.FromBase64String(row[3])), CompressionMode.Decompress))
        using (FileStream file = File.Create(input))
        {
            packed.CopyTo(file);
        }

        ProcessRun run = _site.Run(Subject.Path, "-o", row[1] is "-" ? "release=ignore" : $"release=ignore,{row[1]}", input, _site.Directory);
        Assert.Equal(int.Parse(row[2], CultureInfo.InvariantCulture), run.ExitCode);
        Assert.True(Fits(run, input, row), $"not \"{row[4]}\" of {input}:\n{run.Error}");
        Assert.All(
            Rows.Values.Where(other => !string.Equals(other[4], row[4], StringComparison.Ordinal)),
            other => Assert.False(Fits(run, input, other), $"\"{other[4]}\" of {other[0]} does not tell it from this message:\n{run.Error}"));
        if (run.ExitCode == 0)
        {
            _site.AssertMounted();
            _site.Unmount();
        }

        _site.AssertGone();
    }

    /// <summary>Whether a run has said what a row has, line by line and nothing else.</summary>
    private static bool Fits(ProcessRun run, string input, string[] row)
    {
        string[] lines = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] words = row[4] is "-" ? [] : row[4].Split('|');
        return lines.Length == words.Length && lines.Index().All(line =>
        {
            string start = $"kheadersfs: {(run.ExitCode == 0 || line.Index < lines.Length - 1 ? "warning: " : "")}{input}: ";
            return line.Item.StartsWith(start, StringComparison.Ordinal) && Message.Has(line.Item[start.Length..], words[line.Index]);
        });
    }
}
