namespace KHeadersFs.Mount.Tests;

/// <summary>Descriptors that are closed, or devices that never end, in the place of the archive or of /dev/fuse: refused, and nobody waits.</summary>
public sealed class BadDescriptorTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public BadDescriptorTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("standard input: closed", "\"$1\" - \"$3\" <&-")]
    [InlineData("standard input: empty", "\"$1\" - \"$3\" </dev/null")]
    [InlineData("standard input: character device", "\"$1\" - \"$3\" </dev/zero")]
    [InlineData("/dev/zero: character device", "\"$1\" /dev/zero \"$3\"")]
    [InlineData("/dev/stdin: not open", "\"$1\" /dev/stdin \"$3\" <&-")]
    [InlineData("/dev/fd/3: not open", "\"$1\" /dev/fd/3 \"$3\" 3<&-")]
    [InlineData("/dev/fd/5: not open", "\"$1\" /dev/fd/5 \"$3\" 5<&-")]
    [InlineData("/proc/self/fd/4: not open", "\"$1\" /proc/self/fd/4 \"$3\" 4<&-")]
    [InlineData("/dev/fd/5: character device", "\"$1\" /dev/fd/5 \"$3\" 5</dev/zero")]
    [InlineData("/dev/fd/5: empty", "\"$1\" /dev/fd/5 \"$3\" 5</dev/null")]
    [InlineData("/dev/fd/5: a directory", "\"$1\" /dev/fd/5 \"$3\" 5</")]
    [InlineData("/dev/fd/5: descriptor /dev/fuse", "\"$1\" \"$2\" /dev/fd/5 5<>/dev/zero")]
    [InlineData("/dev/fd/5: descriptor /dev/fuse", "\"$1\" \"$2\" /dev/fd/5 5<>/dev/null")]
    [InlineData("/dev/fd/5: descriptor /dev/fuse mounted", "\"$1\" \"$2\" /dev/fd/5 5<>/dev/fuse")]
    [InlineData("/dev/fd/5: ", "\"$1\" \"$2\" /dev/fd/5 5<&-")]
    [InlineData("/dev/fd/5: descriptor /dev/fuse", "\"$1\" -f \"$2\" /dev/fd/5 5<>/dev/zero")]
    public void A_descriptor_that_cannot_be_it_is_refused(string said, string command)
    {
        ProcessRun run = ProcessRun.Of(
            ["sh", "-c", command, "sh", Subject.Path, Archives.Real, _scratch.MountPoint], _scratch.Work, _scratch.Environment, limit: Deadline.Short);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, $"kheadersfs: {said}", _scratch, run);
        FailedMount.Clear(_scratch);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }
}
