using System.Text.RegularExpressions;

namespace KHeadersFs.Mount.Tests;

/// <summary>How far reading an archive has come: on a terminal, when it takes longer than half a second, and nowhere else.</summary>
public sealed class ProgressTests : IDisposable
{
    private const string Shown = "\r\u001b[Kkheadersfs: ";

    /// <summary>The archive comes through a pipe that stops for a second; "$@" reads it.</summary>
    private const string Slowly = """
        mkfifo pipe
        (head -c 1048576 "$1"; sleep 0.9; tail -c +1048577 "$1") >pipe &
        shift
        """;

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("verify pipe")]
    [InlineData("info pipe")]
    [InlineData("-o release=ignore pipe mnt")]
    public void A_slow_archive_is_counted_on_one_line_that_is_gone_at_the_end(string arguments)
    {
        string output = OnTerminal(Archives.Real, arguments, "xterm");
        string line = $"{Shown}pipe: 1.0 MiB";
        Assert.Contains(line, output, StringComparison.Ordinal);
        Assert.InRange(output.Split(line).Length - 1, 2, 20);
        string[] parts = output.Split("\r\u001b[K");
        Assert.All(parts[1..^1], static part => Assert.DoesNotContain('\n', part));
        Assert.DoesNotContain(" MiB", parts[^1].Split('\n')[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dumb")]
    [InlineData("")]
    public void A_terminal_that_cannot_go_back_gets_none(string terminal) =>
        Assert.DoesNotContain("MiB", OnTerminal(Archives.Real, "verify pipe", terminal), StringComparison.Ordinal);

    [Fact]
    public void Pipes_and_logs_get_none()
    {
        ProcessRun run = _site.Run("sh", "-c", $"{Slowly}\nexec \"$@\"", "sh", Archives.Real, Subject.Path, "verify", "pipe").Succeeded();
        Assert.Empty(run.Error);
        Assert.DoesNotContain('\r', run.Output);
    }

    [Fact]
    public void A_quick_archive_is_not_counted() =>
        Assert.DoesNotContain('\r', _site.Run("script", "-qec", $"{Subject.Path} verify {_site.Archive}", "/dev/null").Succeeded().Output.Replace("\r\n", "\n", StringComparison.Ordinal));

    [Fact]
    public void An_xz_knows_how_much_there_will_be_and_the_line_says_how_long_it_takes()
    {
        // Larger than any kernel's: this machine takes a second or more for it.
        string archive = _site.Scratch.In("large.tar.xz");
        ProcessRun.Shell(
            """
            set -e
            mkdir "$2"; cd "$2"
            tar -xf "$1"
            for copy in 1 2 3; do tar --transform "flags=r;s,^,copy$copy/," -rf ../large.tar .; done
            xz -0 -T1 -c ../large.tar >"$3"
            rm -r ../large.tar "$2"
            """,
            Archives.Real,
            _site.Scratch.In("unpacked"),
            archive).Succeeded();
        string output = ProcessRun.Shell("TERM=xterm script -qec \"$1 verify -o limit_decoded=1024 $2\" /dev/null", Subject.Path, archive).Succeeded().Output;
        MatchCollection lines = Regex.Matches(
            output, @"kheadersfs: \S+: [0-9.]+ of [0-9.]+ MiB, (?<percent>[0-9]+)%, [0-9]+ s left", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);
        Assert.NotEmpty(lines);
        Assert.All(lines, static line => Assert.InRange(line.Length, 1, 79));
        int[] percents = [.. lines.Select(static line => int.Parse(line.Groups["percent"].Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(string.Join(' ', percents.Order()), string.Join(' ', percents));
        Assert.InRange(percents[^1], 1, 100);
        Message.Says(output, "no fault");
    }

    [Fact]
    public void What_else_is_said_begins_on_a_line_of_its_own()
    {
        string output = OnTerminal(Archives.Named("kheaders.tar.xz"), "pipe mnt", "xterm");
        string line = output[output.IndexOf("\r\u001b[Kkheadersfs: warning: pipe: ", StringComparison.Ordinal)..];
        Message.Says(line.Split('\n')[0], "headers kernel");
    }

    private string OnTerminal(string archive, string arguments, string terminal)
    {
        Directory.CreateDirectory(Path.Combine(_site.Scratch.Work, "mnt"));
        ProcessRun run = _site.Run(
            "sh", "-c", $"{Slowly}\nTERM=\"$2\" exec script -qec \"$1\" /dev/null", "sh", archive, $"{Subject.Path} {arguments}", terminal).Succeeded();
        ProcessRun.Shell("if mountpoint -q \"$1\"; then umount \"$1\"; fi; rm -rf \"$1\" \"$2\"", Path.Combine(_site.Scratch.Work, "mnt"), Path.Combine(_site.Scratch.Work, "pipe"))
            .Succeeded();
        return run.Output;
    }
}
