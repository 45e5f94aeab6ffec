namespace KHeadersFs.Mount.Tests;

/// <summary>Operands that name nothing: empty ones, and relative ones where the working directory has been removed.</summary>
public sealed class OperandTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public OperandTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void An_empty_archive_is_a_usage_error() => FailedMount.Expect(FailedMount.Usage, "ARCHIVE", _scratch, "", _scratch.MountPoint);

    [Fact]
    public void An_empty_directory_is_a_usage_error() => FailedMount.Expect(FailedMount.Usage, "DIR", _scratch, Archives.Real, "");

    [Fact]
    public void An_empty_directory_to_unmount_is_a_usage_error() => FailedMount.Expect(FailedMount.Usage, "DIR", _scratch, "-u", "");

    [Theory]
    [InlineData("mnt", "\"$1\" \"$2\" mnt")]
    [InlineData("a.tar.xz", "\"$1\" a.tar.xz \"$3\"")]
    [InlineData("kept", "\"$1\" -o cache=kept \"$2\" \"$3\"")]
    [InlineData("mnt", "\"$1\" -u mnt")]
    public void A_relative_path_is_named_where_the_working_directory_is_gone(string named, string command)
    {
        ProcessRun run = InRemovedDirectory(command);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, named, _scratch, run);
        FailedMount.Clear(_scratch);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
        Assert.StartsWith($"kheadersfs: {named}: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Paths_from_the_root_need_no_working_directory()
    {
        InRemovedDirectory("\"$1\" -o release=ignore \"$2\" \"$3\"").Succeeded();
        FailedMount.Clear(_scratch);
    }

    private ProcessRun InRemovedDirectory(string command)
    {
        string gone = Directory.CreateDirectory(_scratch.In("gone")).FullName;
        return ProcessRun.Of(
            ["sh", "-c", $"cd \"$0\" && rmdir \"$0\" && {command}", gone, Subject.Path, Archives.Real, _scratch.MountPoint],
            _scratch.Work, _scratch.Environment, limit: Deadline.Short);
    }
}
