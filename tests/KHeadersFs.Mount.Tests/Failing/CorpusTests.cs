using System.Globalization;
using System.IO.Compression;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// The smallest inputs that fail in each way, and some that look as if they did: corpus.txt has a row for each, with its name, options, the exit
/// status, the input (zlib, base64) and the lines, in which "@" is the input's name and "\n" stands between two. An input is mounted as it
/// is, so all of them go through the process that decodes.
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
        string lines = row[4] is "-" ? "" : row[4].Replace("@", input, StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal) + "\n";
        Assert.Equal((int.Parse(row[2], CultureInfo.InvariantCulture), lines), (run.ExitCode, run.Error));
        if (run.ExitCode == 0)
        {
            _site.AssertMounted();
            _site.Unmount();
        }

        _site.AssertGone();
    }
}
