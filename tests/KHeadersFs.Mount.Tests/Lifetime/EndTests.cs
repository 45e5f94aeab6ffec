using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>How a server ends: by signal or by umount, always with 0 and with nothing left.</summary>
public sealed class EndTests
{
    private const string Header = HandMadeArchive.AlwaysThere;

    [Theory]
    [InlineData(Signum.SIGTERM, false)]
    [InlineData(Signum.SIGTERM, true)]
    [InlineData(Signum.SIGINT, false)]
    [InlineData(Signum.SIGINT, true)]
    public void A_signal_unmounts_and_ends_with_0(Signum signal, bool foreground)
    {
        using MountedProgram mounted = Mount(foreground);
        mounted.Signal(signal);
        AssertEnded(mounted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Umount_ends_the_server_with_0(bool foreground)
    {
        using MountedProgram mounted = Mount(foreground);
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        AssertEnded(mounted);
    }

    [Fact]
    public void Umount_of_a_mount_in_use_is_busy_and_changes_nothing()
    {
        using MountedProgram mounted = Mount(foreground: false);
        mounted.Within(() =>
        {
            using (new OpenFile(mounted.In(Header)))
            {
                Assert.NotEqual(0, Native.umount2(mounted.Root, 0));
                Assert.Equal(Errno.EBUSY, Stdlib.GetLastError());
                Assert.NotEmpty(File.ReadAllBytes(mounted.In("include/linux/sched.h")));
            }
        });
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        AssertEnded(mounted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void After_a_lazy_umount_an_open_file_is_served_until_it_is_closed(bool foreground)
    {
        using MountedProgram mounted = Mount(foreground);
        string name = "include/linux/skbuff.h";
        byte[] expected = File.ReadAllBytes(Path.Combine(ReferenceTree.Of(Archives.Real).Tree.Root, name));
        mounted.Within(() =>
        {
            using var file = new OpenFile(mounted.In(name));
            ProcessRun.Of(["umount", "-l", mounted.Root]).Succeeded();
            Assert.True(mounted.IsUnmounted());
            Assert.Equal(expected, file.Read(0, expected.Length));
            Assert.Equal(mounted.ServerId, Assert.Single(Subject.Servers()));
        });
        AssertEnded(mounted);
    }

    [Fact]
    public void A_signal_ends_a_server_whose_mount_is_in_use()
    {
        using MountedProgram mounted = Mount(foreground: false);
        mounted.Within(() =>
        {
            using (new OpenFile(mounted.In(Header)))
            {
                mounted.Signal(Signum.SIGTERM);
                AssertEnded(mounted);
            }
        });
    }

    [Fact]
    public void A_signal_leaves_a_later_mount_on_the_same_directory_alone()
    {
        using MountedProgram mounted = Mount(foreground: false);
        mounted.Within(() =>
        {
            var file = new OpenFile(mounted.In(Header));
            ProcessRun.Of(["umount", "-l", mounted.Root]).Succeeded();
            ProcessRun.Of(["mount", "-t", "tmpfs", "later", mounted.Root]).Succeeded();
            mounted.Signal(Signum.SIGTERM);
            file.Dispose();
            Assert.Equal(0, mounted.WaitForEnd());
            Assert.Equal("later", MountTable.At(mounted.Root)?.Source);
        });
    }

    [Fact]
    public void The_directory_can_be_mounted_again_after_the_end()
    {
        using MountedProgram mounted = Mount(foreground: false);
        mounted.Signal(Signum.SIGTERM);
        AssertEnded(mounted);
        Subject.Run(mounted.Scratch, [Archives.Real, mounted.Root]).Succeeded();
        mounted.Within(() => Assert.True(File.Exists(mounted.In(Header))));
    }

    [Fact]
    public void A_killed_server_leaves_a_mount_that_umount_removes()
    {
        using MountedProgram mounted = Mount(foreground: false);
        mounted.Signal(Signum.SIGKILL);
        Assert.Equal(128 + (int)Signum.SIGKILL, mounted.WaitForEnd());
        mounted.Within(() => Assert.Equal(-1, Syscall.lstat(mounted.In("anything"), out _)));
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
    }

    // The end is a race between the signal, the unmount and the threads that serve.
    [Theory]
    [InlineData(Signum.SIGTERM)]
    [InlineData(Signum.SIGINT)]
    public void A_signal_ends_with_0_each_time(Signum signal)
    {
        Subject.RequireMounts();
        using var scratch = new Scratch();
        string archive = new HandMadeArchive().Save(scratch);
        for (int round = 0; round < Rounds.Count; round++)
        {
            using var mounted = MountedProgram.Foreground(archive);
            mounted.Signal(signal);
            AssertEnded(mounted);
        }
    }

    private static MountedProgram Mount(bool foreground) =>
        foreground ? MountedProgram.Foreground(Archives.Real) : MountedProgram.Detached(Archives.Real);

    private static void AssertEnded(MountedProgram mounted)
    {
        int code = mounted.WaitForEnd();
        Assert.True(code == 0, $"ended with {code}\n{mounted.LogText}");
        Assert.DoesNotContain("   at ", mounted.LogText, StringComparison.Ordinal);
        Assert.Empty(FailedMount.Leftovers(mounted.Scratch));
    }
}
