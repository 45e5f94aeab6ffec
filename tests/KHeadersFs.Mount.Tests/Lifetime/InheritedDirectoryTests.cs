using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A directory that was made for a mount goes with the last mount on it, also when servers were killed.</summary>
public sealed class InheritedDirectoryTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly string _directory;

    public InheritedDirectoryTests() => _directory = _site.Scratch.In("made/build");

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("release=ignore")]
    [InlineData("mkdir")]
    public void The_next_mount_removes_what_was_made_for_a_killed_one(string options)
    {
        Mount("mkdir");
        _site.KillServer();
        Mount(options);
        _site.AssertMounted(_directory);
        _site.Unmount(_directory);
        AssertRemoved();
    }

    [Fact]
    public void So_it_does_when_the_dead_mount_was_unmounted_meanwhile()
    {
        Mount("mkdir");
        _site.KillServer();
        _site.RunSilently("umount", _directory);
        Mount("release=ignore");
        _site.Unmount(_directory);
        AssertRemoved();
    }

    [Fact]
    public void A_mount_elsewhere_removes_what_nobody_has_inherited()
    {
        Mount("mkdir");
        _site.KillServer();
        _site.RunSilently("umount", _directory);
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        AssertRemoved();
        _site.Unmount();
    }

    [Fact]
    public void Unmounting_by_the_program_removes_what_was_made_for_a_killed_one()
    {
        Mount("mkdir");
        _site.KillServer();
        _site.RunSilently(Subject.Path, "-u", _directory);
        AssertRemoved();
    }

    [Fact]
    public void A_mount_that_fails_removes_what_was_made_for_the_killed_one_that_it_took_away()
    {
        Mount("mkdir");
        _site.KillServer();
        Assert.Equal(FailedMount.MountFailure, Subject.Run(_site.Scratch, ["/no/such/archive", _directory]).ExitCode);
        _site.AssertGone();
        AssertRemoved();
    }

    [Fact]
    public void The_last_of_two_mounts_removes_it_when_another_namespace_held_the_first()
    {
        // The new namespace has a copy of the mount, which stays when the mount is unmounted here.
        Mount("mkdir");
        using var holder = NamespaceHolder.Start("unshare", "--mount", "--propagation", "private");
        _site.RunSilently("umount", _directory);
        Mount("mkdir");
        holder.Dispose();
        Deadline.Until(static () => Subject.Servers().Count == 1, "the end of the server that the namespace held");
        _site.AssertMounted(_directory);
        _site.Unmount(_directory);
        AssertRemoved();
    }

    // Between two system calls something is made, or removed, and the record does not say so yet.
    [Theory]
    [InlineData("mkdirat", 1)]
    [InlineData("mkdirat", 2)]
    [InlineData("renameat2", 1)]
    [InlineData("renameat2", 2)]
    [InlineData("mount", 1)]
    [InlineData("umount2", 1)]
    [InlineData("unlinkat", 1)]
    [InlineData("unlinkat", 2)]
    public void Whoever_comes_next_removes_what_was_made_when_the_program_was_killed_at_a_system_call(string call, int count)
    {
        string parent = Directory.CreateDirectory(_site.Scratch.In("parent")).FullName;
        string directory = Path.Combine(parent, "made\nof two lines/build");
        string[] strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", $"inject={call}:signal=KILL:when={count}"];
        string[] mount = [Subject.Path, "-f", "-o", "mkdir", _site.Archive, directory];
        using (Process process = ProcessRun.Start([.. strace, .. mount], _site.Scratch.Work, _site.Scratch.Environment))
        {
            Deadline.Until(() => process.HasExited || MountTable.At(directory) is not null, "a mount, or the end");
            foreach (int server in Subject.Servers())
            {
                _ = Syscall.kill(server, Signum.SIGTERM);
            }

            Assert.True(process.WaitForExit(Deadline.Short), $"{call} was not called");

            // Of the last three it is the keeper that is killed, if there is one already: then the server says that the mount may stay.
            int[] codes = call is "umount2" or "unlinkat" ? [FailedMount.SystemError, 128 + (int)Signum.SIGKILL] : [128 + (int)Signum.SIGKILL];
            Assert.Contains(process.ExitCode, codes);
        }

        _ = Subject.Run(_site.Scratch, ["-u", directory]);
        Assert.Empty(Directory.GetFileSystemEntries(parent));
        Assert.Empty(ProgramRecords.Held());
        _site.AssertGone();
    }

    [Fact]
    public void A_directory_that_somebody_has_made_anew_stays()
    {
        Mount("mkdir");
        _site.KillServer();
        _site.RunSilently("umount", _directory);
        Directory.Delete(_directory);
        Directory.CreateDirectory(_directory);
        Mount("release=ignore");
        _site.Unmount(_directory);
        Assert.True(Directory.Exists(_directory));
    }

    private void Mount(string options) => Subject.Run(_site.Scratch, ["-o", options, _site.Archive, _directory]).Succeeded();

    private void AssertRemoved()
    {
        Assert.False(Directory.Exists(_site.Scratch.In("made")));
        Assert.Empty(ProgramRecords.Held());
    }
}
