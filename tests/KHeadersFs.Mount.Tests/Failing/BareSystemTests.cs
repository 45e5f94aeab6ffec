namespace KHeadersFs.Mount.Tests;

/// <summary>A chroot or a container in which something is missing that every system has: it is named, with the command that makes it.</summary>
public sealed class BareSystemTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public BareSystemTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("/proc")]
    [InlineData("/dev/null")]
    public void What_is_missing_is_named(string missing)
    {
        string script = missing is "/proc"
            ? "while umount -l /proc 2>/dev/null; do :; done; exec \"$@\""
            : "mount -t tmpfs none /dev && mknod /dev/fuse c 10 229 && exec \"$@\"";
        foreach (string[] command in (string[][])[[Archives.Real, _scratch.MountPoint], ["-f", Archives.Real, _scratch.MountPoint]])
        {
            ProcessRun run = ProcessRun.Of(
                ["unshare", "--mount", "sh", "-c", script, "sh", Subject.Path, .. command], _scratch.Work, _scratch.Environment, limit: Deadline.Short);
            string[] problems = FailedMount.Problems(FailedMount.SystemError, $"kheadersfs: {missing}: ", _scratch, run);
            Assert.True(problems.Length == 0, string.Join('\n', problems));
        }
    }
}
