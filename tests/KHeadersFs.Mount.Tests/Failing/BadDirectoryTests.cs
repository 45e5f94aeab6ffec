namespace KHeadersFs.Mount.Tests;

/// <summary>A mount point that cannot be used.</summary>
public sealed class BadDirectoryTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public BadDirectoryTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_missing_directory_is_named(bool foreground) => AssertRefused(_scratch.In("missing"), foreground);

    [Fact]
    public void A_file_is_no_directory() => AssertRefused(_scratch.Write("file", "x"u8));

    [Fact]
    public void A_link_to_nowhere_is_no_directory()
    {
        File.CreateSymbolicLink(_scratch.In("build"), "/usr/src/gone");
        AssertRefused(_scratch.In("build"));
    }

    [Theory]
    [InlineData(20_000, 1)]
    [InlineData(1, 256)]
    public void A_path_that_is_too_long_is_refused_before_anything_is_made(int parts, int length)
    {
        string made = _scratch.In("made");
        string directory = made + string.Concat(Enumerable.Repeat("/" + new string('a', length), parts));
        FailedMount.Expect(FailedMount.MountFailure, "too long", _scratch, "-o", "mkdir", Archives.Real, directory);
        Assert.False(Directory.Exists(made));
    }

    [Fact]
    public void A_bad_directory_is_told_before_the_archive_is_read()
    {
        // Nobody writes into the pipe: a program that wanted to read it first would wait for ever.
        string pipe = _scratch.In("pipe");
        ProcessRun.Of(["mkfifo", pipe]).Succeeded();
        using var open = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite);
        FailedMount.Expect(FailedMount.MountFailure, _scratch.In("missing"), _scratch, pipe, _scratch.In("missing"));
    }

    private void AssertRefused(string directory, bool foreground = false)
    {
        string[] options = foreground ? ["-f"] : [];
        FailedMount.Expect(FailedMount.MountFailure, directory, _scratch, [.. options, Archives.Real, directory]);
    }
}
