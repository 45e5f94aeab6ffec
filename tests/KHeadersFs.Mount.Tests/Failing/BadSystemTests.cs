namespace KHeadersFs.Mount.Tests;

/// <summary>A machine that has no FUSE, or does not let us use it: exit code 2.</summary>
public sealed class BadSystemTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public BadSystemTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Without_the_fuse_device_the_program_says_so()
    {
        // A /dev of its own, with null and nothing else.
        string[] arrange =
        [
            "unshare", "--mount", "sh", "-c",
            "mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && exec \"$@\"", "sh",
        ];
        AssertSystemError(arrange);
    }

    [Fact]
    public void A_user_who_may_not_open_the_fuse_device_is_told_so()
    {
        var user = new OrdinaryUser(_scratch);
        using var device = new BoundDevice(_scratch, "600");
        AssertSystemError(OrdinaryUser.Prefix, user.Program);
    }

    private void AssertSystemError(string[] prefix, string? program = null)
    {
        ProcessRun run = ProcessRun.Of(
            [.. prefix, program ?? Subject.Path, Archives.Real, _scratch.MountPoint], _scratch.Work, _scratch.Environment);
        string[] problems = FailedMount.Problems(FailedMount.SystemError, "/dev/fuse", _scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }
}
