using System.Text;

namespace KHeadersFs.Mount.Tests;

/// <summary>An archive that cannot be used ends the program with 32 and one line, before anything is mounted.</summary>
public sealed class BadArchiveTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public BadArchiveTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_missing_file_is_named(bool foreground) => AssertRefused(_scratch.In("missing.tar.xz"), foreground);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_empty_file_is_refused(bool foreground) => AssertRefused(_scratch.Write("empty.tar.xz", []), foreground);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_text_file_is_refused(bool foreground) =>
        AssertRefused(_scratch.Write("text.tar.xz", Encoding.UTF8.GetBytes(new string('#', 100_000))), foreground);

    [Fact]
    public void A_directory_is_no_archive() => AssertRefused(_scratch.Work);

    [Fact]
    public void A_name_that_is_too_long_is_refused() => AssertRefused(_scratch.In(new string('x', 300)));

    [Fact]
    public void A_link_to_itself_is_refused_and_named_once()
    {
        string loop = _scratch.In("loop.tar.xz");
        File.CreateSymbolicLink(loop, loop);
        AssertRefused(loop);
        AssertSaid(loop, "opened (Too many levels of symbolic links) kheaders.tar.xz");
    }

    [Fact]
    public void A_file_that_opens_and_cannot_be_read_is_named_once() => AssertSaid("/proc/self/mem", "read (Input/output error) module");

    [Theory]
    [InlineData("one line of text\n")]
    [InlineData("")]
    public void What_is_compressed_must_be_a_tar(string content)
    {
        string path = _scratch.Write("data", Encoding.UTF8.GetBytes(content));
        ProcessRun.Of(["xz", path]).Succeeded();
        AssertRefused(path + ".xz");
    }

    [Fact]
    public void Noise_that_is_compressed_is_no_tar()
    {
        byte[] noise = new byte[300_000];
        new Random(1).NextBytes(noise);
        string path = _scratch.Write("noise", noise);
        ProcessRun.Of(["xz", path]).Succeeded();
        AssertRefused(path + ".xz");
    }

    [Fact]
    public void An_empty_tar_holds_no_headers() => AssertRefused(new HandMadeArchive(empty: true).Save(_scratch));

    [Fact]
    public void A_tar_without_a_header_is_refused() =>
        AssertRefused(new HandMadeArchive(empty: true).File("README", "no header").Save(_scratch));

    [Fact]
    public void A_tar_whose_headers_are_all_links_to_nowhere_is_refused() =>
        AssertRefused(new HandMadeArchive(empty: true).Link("include/linux/fs.h", "/sandbox/fs.h").Save(_scratch));

    [Fact]
    public void A_tar_that_ends_within_a_member_is_refused()
    {
        ProcessRun.Shell("xz -dc \"$1\" | head -c 3000001 | xz -0 >\"$2\"", Archives.Real, _scratch.In("cut.tar.xz")).Succeeded();
        AssertRefused(_scratch.In("cut.tar.xz"));
    }

    [Fact]
    public void A_dictionary_of_a_gigabyte_is_not_allocated()
    {
        string path = _scratch.Write("greedy.tar", new byte[10_240]);
        ProcessRun.Of(["xz", "--lzma2=preset=0,dict=1GiB", path]).Succeeded();
        using var peak = new PeakMemory(Subject.Path);
        AssertRefused(path + ".xz");
        Assert.True(peak.Stop().Resident < 128 << 20, $"{peak}");
    }

    [Theory]
    [InlineData("../outside.h")]
    [InlineData("include/../../outside.h")]
    [InlineData("/etc/absolute.h")]
    public void A_member_outside_of_the_tree_is_named(string member)
    {
        string archive = new HandMadeArchive().File(member, "x").Save(_scratch);
        FailedMount.Expect(FailedMount.MountFailure, member, _scratch, archive, _scratch.MountPoint);
        AssertRefused(archive);
    }

    private void AssertSaid(string archive, string words)
    {
        ProcessRun run = Subject.Run(_scratch, [archive, _scratch.MountPoint]);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Is(run.Error, archive, words);
        Assert.Equal(run.Error.IndexOf(archive, StringComparison.Ordinal), run.Error.LastIndexOf(archive, StringComparison.Ordinal));
    }

    private void AssertRefused(string archive, bool foreground = false)
    {
        string[] options = foreground ? ["-f"] : [];
        FailedMount.Expect(FailedMount.MountFailure, archive, _scratch, [.. options, archive, _scratch.MountPoint]);
    }
}
