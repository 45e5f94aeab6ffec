using System.Diagnostics;
using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>Servers that read a question and never answer: whoever asks can be left behind, and it is told which of them hang.</summary>
public sealed class HangingServerTests : IDisposable
{
    private const int NoAnswer = 16;

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_mount_over_it_ends_with_one_line(bool foreground)
    {
        using var hanging = new SilentServer(_site, _site.Directory);
        string[] flags = foreground ? ["-f"] : [];
        AssertEnds(FailedMount.MountFailure, $"{_site.Directory}: server not answer umount -l {_site.Directory}", [.. flags, _site.Archive, _site.Directory]);
        Assert.True(hanging.WasAsked);
    }

    [Fact]
    public void To_unmount_it_while_it_is_in_use_ends_with_one_line()
    {
        using var hanging = new SilentServer(_site, _site.Directory);
        using var use = new HeldDirectory(_site, _site.Directory);
        AssertEnds(FailedMount.MountFailure, $"{_site.Directory}: server not answer umount -l {_site.Directory}", ["-u", _site.Directory]);
        Assert.True(hanging.WasAsked);
    }

    [Fact]
    public void To_unmount_it_while_nobody_uses_it_needs_no_answer()
    {
        using var hanging = new SilentServer(_site, _site.Directory);
        _site.RunSilently(Subject.Path, "-u", _site.Directory);
        Assert.Null(MountTable.At(_site.Directory));
    }

    [Fact]
    public void A_check_of_all_names_each_that_hangs_and_no_other()
    {
        string first = Directory.CreateDirectory(_site.Scratch.In("first")).FullName;
        string second = Directory.CreateDirectory(_site.Scratch.In("second")).FullName;
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        using (var one = new SilentServer(_site, first))
        using (var two = new SilentServer(_site, second))
        {
            var watch = Stopwatch.StartNew();
            ProcessRun text = AssertEnds(NoAnswer, $"umount -l {first} {second}: not answer", ["status", "--check"]);
            Assert.InRange(watch.Elapsed.TotalSeconds, 5, Deadline.Long.TotalSeconds); // a limit against hanging, whatever else the machine does
            Message.Is(text.Error, first, "not answer 5 s");
            Assert.DoesNotContain($"{_site.Directory}:", text.Error, StringComparison.Ordinal);

            ProcessRun json = _site.Run(Subject.Path, "status", "--check", "--json");
            Assert.Equal(NoAnswer, json.ExitCode);
            using var document = JsonDocument.Parse(json.Output);
            Assert.Equal(
                [(_site.Directory, true), (first, false), (second, false)],
                document.RootElement.GetProperty("mounts").EnumerateArray()
                    .Select(static m => (m.GetProperty("directory").GetString()!, m.GetProperty("answers").GetBoolean())));
        }

        _site.Unmount();
    }

    private ProcessRun AssertEnds(int code, string words, string[] arguments)
    {
        ProcessRun run = _site.Run([Subject.Path, .. arguments]);
        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Assert.Matches("\\Akheadersfs: [^\n]+: [^\n]+\n\\z", run.Error);
        Message.Says(run.Error, words);
        return run;
    }
}
