using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Where an archive may come from, and when the program says that the mount stands.</summary>
public sealed class MountingTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public MountingTests() => Subject.RequireMounts();

    public void Dispose()
    {
        FailedMount.Clear(_scratch);
        _scratch.Dispose();
    }

    [Fact]
    public void When_the_program_returns_the_mount_answers_and_nothing_was_printed()
    {
        // The archive is not that of the kernel that runs the test, which would be worth a warning.
        ProcessRun run = Subject.Run(_scratch, ["-o", "release=ignore", Archives.Real, _scratch.MountPoint]).Succeeded();
        Assert.Empty(run.Output);
        Assert.Empty(run.Error);
        AssertServesTheRealArchive();
    }

    [Fact]
    public void A_named_pipe_can_be_the_archive()
    {
        string pipe = _scratch.In("pipe");
        ProcessRun.Of(["mkfifo", pipe]).Succeeded();
        ProcessRun.Shell(
            "cat \"$1\" >\"$2\" & exec \"$3\" \"$2\" \"$4\"", Archives.Real, pipe, Subject.Path, _scratch.MountPoint).Succeeded();
        AssertServesTheRealArchive();
    }

    [Fact]
    public void Standard_input_can_be_the_archive()
    {
        ProcessRun.Shell(
            "cat \"$1\" | \"$2\" /dev/stdin \"$3\"", Archives.Real, Subject.Path, _scratch.MountPoint).Succeeded();
        AssertServesTheRealArchive();
    }

    [Fact]
    public void A_pipe_that_gives_few_bytes_at_a_time_can_be_the_archive()
    {
        ProcessRun.Shell(
            "dd if=\"$1\" bs=1000 status=none | \"$2\" /dev/stdin \"$3\"",
            Archives.Named("blocks-256k.tar.xz"), Subject.Path, _scratch.MountPoint).Succeeded();
        AssertServesTheRealArchive();
    }

    [Fact]
    public void The_archive_may_be_deleted_once_it_is_mounted()
    {
        string copy = _scratch.In("copy.tar.xz");
        File.Copy(Archives.Real, copy);
        Subject.Run(_scratch, [copy, _scratch.MountPoint]).Succeeded();
        File.Delete(copy);
        AssertServesTheRealArchive();
    }

    [Fact]
    public void Both_paths_may_be_relative()
    {
        File.CreateSymbolicLink(Path.Combine(_scratch.Path, "archive"), Archives.Real);
        ProcessRun.Of([Subject.Path, "archive", "mnt"], _scratch.Path, _scratch.Environment).Succeeded();
        AssertServesTheRealArchive();
    }

    [Fact]
    public void Options_that_mount_passes_are_taken()
    {
        ProcessRun run = Subject.Run(
            _scratch, [Archives.Real, _scratch.MountPoint, "-o", "rw,dev,suid,exec,noauto,nofail,_netdev,x-systemd.automount,noatime"]);
        run.Succeeded();
        Assert.StartsWith("ro", MountTable.At(_scratch.MountPoint)!.Options, StringComparison.Ordinal);
        AssertServesTheRealArchive();
    }

    [Fact]
    public void An_archive_can_be_mounted_twice_at_once()
    {
        using var other = MountedProgram.Detached(Archives.Real);
        Subject.Run(_scratch, [Archives.Real, _scratch.MountPoint]).Succeeded();
        AssertServesTheRealArchive();
        other.Within(() => Assert.True(File.Exists(other.In(HandMadeArchive.AlwaysThere))));
    }

    private void AssertServesTheRealArchive() => Deadline.Within(Deadline.Long, () =>
    {
        string[] names = ["include/linux/kconfig.h", "include/linux/sched.h", "include/net/tcp.h"];
        string reference = ReferenceTree.Of(Archives.Real).Tree.Root;
        Assert.All(names, name => Assert.Null(
            FileBytes.Difference(Path.Combine(reference, name), Path.Combine(_scratch.MountPoint, name))));
        Assert.Equal(0, Syscall.lstat(_scratch.MountPoint, out Stat stat));
        Assert.Equal(Syscall.geteuid(), stat.st_uid);
    });
}
