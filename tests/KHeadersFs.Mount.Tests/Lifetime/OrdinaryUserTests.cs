namespace KHeadersFs.Mount.Tests;

/// <summary>A user without privileges mounts through fusermount3, and reads what root has mounted.</summary>
public sealed class OrdinaryUserTests
{
    [Fact]
    public void An_ordinary_user_mounts_reads_and_unmounts()
    {
        Subject.RequireMounts();
        TestRun.SkipUnless(ClangCompile.IsInstalled("fusermount3"), "fusermount3 (package fuse3) is not installed");
        using var scratch = new Scratch();
        var user = new OrdinaryUser(scratch);
        using var device = new BoundDevice(scratch, "666");
        try
        {
            As(scratch, user.Program, Archives.Real, scratch.MountPoint);
            Assert.Equal("fuse.kheadersfs", MountTable.At(scratch.MountPoint)?.Type);

            // Root may not look into a mount without allow_other: the user compares.
            string reference = ReferenceTree.Of(Archives.Real).Tree.Root;
            As(scratch, "diff", "-r", reference, scratch.MountPoint);
            Assert.Equal($"{OrdinaryUser.Id} {OrdinaryUser.Id}\n", As(scratch, "stat", "-c", "%u %g", scratch.MountPoint).Output);

            As(scratch, "fusermount3", "-u", scratch.MountPoint);
            AssertGone(scratch, user);
        }
        finally
        {
            Clear(scratch, user);
        }
    }

    [Fact]
    public void A_signal_ends_the_mount_of_an_ordinary_user()
    {
        Subject.RequireMounts();
        TestRun.SkipUnless(ClangCompile.IsInstalled("fusermount3"), "fusermount3 (package fuse3) is not installed");
        using var scratch = new Scratch();
        var user = new OrdinaryUser(scratch);
        using var device = new BoundDevice(scratch, "666");
        try
        {
            As(scratch, user.Program, Archives.Real, scratch.MountPoint);
            int server = Assert.Single(ProcFs.Running(user.Program));
            ProcessRun.Shell("kill -TERM \"$1\"", $"{server}").Succeeded();
            AssertGone(scratch, user);
        }
        finally
        {
            Clear(scratch, user);
        }
    }

    [Fact]
    public void An_ordinary_user_reads_what_root_has_mounted()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        string reference = ReferenceTree.Of(Archives.Real).Tree.Root;
        ProcessRun.Of([.. OrdinaryUser.Prefix, "diff", "-r", reference, mounted.Root]).Succeeded();
    }

    private static ProcessRun As(Scratch scratch, params string[] command) =>
        ProcessRun.Of([.. OrdinaryUser.Prefix, .. command], scratch.Work, scratch.Environment).Succeeded();

    private static void AssertGone(Scratch scratch, OrdinaryUser user)
    {
        Deadline.Until(() => MountTable.At(scratch.MountPoint) is null, "no mount left");
        Deadline.Until(() => ProcFs.Running(user.Program).Count == 0, "no server left");
        Assert.Empty(scratch.FilesLeft());
    }

    private static void Clear(Scratch scratch, OrdinaryUser user)
    {
        foreach (int id in ProcFs.Running(user.Program))
        {
            _ = Mono.Unix.Native.Syscall.kill(id, Mono.Unix.Native.Signum.SIGKILL);
        }

        _ = Native.umount2(scratch.MountPoint, Native.MNT_DETACH);
    }
}
