namespace KHeadersFs.Mount.Tests;

/// <summary>The program alone is enough: where there is nothing else it mounts, serves, unmounts, and says what is wrong.</summary>
public sealed class BareRootTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_whole_tree_is_served_and_unmounted(bool busybox)
    {
        using var root = new BareRoot(Archives.Real);
        if (busybox)
        {
            AddBusybox(root);
        }

        ProcessRun run = root.Kheadersfs("-o", "release=ignore", BareRoot.Archive, BareRoot.MountPoint).Succeeded();
        Assert.Single(run.Error, '\n');
        Message.Says(run.Error, "warning: /dev/log /dev/kmsg: -o log=FILE");
        root.AssertMounted();
        Deadline.Within(Deadline.Long, () => TreeComparison.AssertEqual(ReferenceTree.Of(Archives.Real), TreeSnapshot.Of(root.Root)));
        string[] unmount = busybox ? ["/bin/busybox", "umount", BareRoot.MountPoint] : ["/kheadersfs", "-u", BareRoot.MountPoint];
        Assert.Empty(root.Run(unmount).Succeeded().Error);
        root.AssertGone();
    }

    [Fact]
    public void Mounting_twice_mounts_once_and_a_signal_unmounts()
    {
        using var root = new BareRoot();
        root.Kheadersfs("-o", "mkdir", BareRoot.Archive, "/made/deep").Succeeded();
        root.Kheadersfs("-o", "mkdir", BareRoot.Archive, "/made/deep").Succeeded();
        int server = root.Server();
        Assert.Single(MountTable.Read(), mount => string.Equals(mount.Directory, root.In("/made/deep"), StringComparison.Ordinal));
        Assert.Equal(0, Mono.Unix.Native.Syscall.kill(server, Mono.Unix.Native.Signum.SIGTERM));
        root.AssertGone();
        Deadline.Until(() => !Directory.Exists(root.In("/made")), "what -o mkdir has made is removed");
    }

    // "-" in front: this is not there. The rest is the command line, in which the archive and the directory are what they are in there.
    [Theory]
    [InlineData(FailedMount.Usage, "ARCHIVE and DIR", "")]
    [InlineData(FailedMount.Usage, "-z", "-z /archive /mnt")]
    [InlineData(FailedMount.Usage, "-o uid=nobody: no such user in /etc/passwd", "-o uid=nobody /archive /mnt")]
    [InlineData(FailedMount.Usage, "-o gid=nogroup: no such group in /etc/group", "-o gid=nogroup /archive /mnt")]
    [InlineData(FailedMount.SystemError, "/dev/fuse: ", "-/dev/fuse /archive /mnt")]
    [InlineData(FailedMount.SystemError, "/dev/null: ", "-/dev/null /archive /mnt")]
    [InlineData(FailedMount.SystemError, "/proc: ", "-/proc /archive /mnt")]
    [InlineData(FailedMount.SystemError, "/proc: ", "-/proc -u /mnt")]
    [InlineData(FailedMount.MountFailure, "/nowhere: ", "/nowhere /mnt")]
    [InlineData(FailedMount.MountFailure, "/nowhere: ", "/archive /nowhere")]
    [InlineData(FailedMount.MountFailure, "/archive: ", "/archive /archive")]
    [InlineData(FailedMount.MountFailure, "/kheadersfs: ", "/kheadersfs /mnt")]
    [InlineData(FailedMount.MountFailure, "kheaders: ", "kheaders /mnt")]
    [InlineData(FailedMount.MountFailure, "/mnt: ", "-u /mnt")]
    public void Whatever_is_wrong_is_said_in_one_line(int code, string subject, string words)
    {
        using var root = new BareRoot();
        string[] all = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        ILookup<bool, string> isMissing = all.ToLookup(static word => word.StartsWith("-/", StringComparison.Ordinal));
        foreach (string word in isMissing[true])
        {
            root.Remove(word[1..]);
        }

        ProcessRun run = root.Kheadersfs([.. isMissing[false]]);
        Assert.Equal(code, run.ExitCode);
        Assert.Matches(@"\Akheadersfs: [^\n]+; [^\n]+\n\z", run.Error);
        Assert.Contains(subject, run.Error, StringComparison.Ordinal);
        root.AssertGone();
    }

    /// <summary>nsswitch.conf asks for what a static C library would load, and has no say.</summary>
    [Fact]
    public void Names_are_those_of_passwd_and_group()
    {
        using var root = new BareRoot();
        Directory.CreateDirectory(root.In("/etc"));
        File.WriteAllText(root.In("/etc/nsswitch.conf"), "passwd: sss systemd files\ngroup: sss systemd files\n");
        File.WriteAllText(root.In("/etc/passwd"), "# a comment\n+::::::\nroot:x:0:0::/:\nbroken:x\nsvc:x:71:72:\uFFFDservice:/:/bin/false\n");
        File.WriteAllText(root.In("/etc/group"), "root:x:0:\nbroken\ncrew:x:73:root,svc\n");
        root.Kheadersfs("-o", "uid=svc,gid=crew,setuid=71", BareRoot.Archive, BareRoot.MountPoint).Succeeded();
        root.AssertMounted();
        Mono.Unix.Native.Stat stat = OptionCase.Status(root.Root);
        Assert.Equal((71u, 73u), (stat.st_uid, stat.st_gid));
        Assert.Contains("\nGid:\t72\t72\t72\t72\n", File.ReadAllText($"/proc/{root.Server()}/status"), StringComparison.Ordinal);
        root.Kheadersfs("-u", BareRoot.MountPoint).Succeeded();
        root.AssertGone();
    }

    private static void AddBusybox(BareRoot root)
    {
        const string busybox = "/bin/busybox";
        TestRun.SkipUnless(File.Exists(busybox), "busybox is not installed");
        Directory.CreateDirectory(root.In("/bin"));
        File.Copy(busybox, root.In(busybox));
        ProcessRun run = root.Run(busybox, "true");
        TestRun.SkipUnless(run.ExitCode == 0, $"{busybox} is not static: {run.Error.Trim()}");
    }
}
