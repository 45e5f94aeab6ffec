using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>What mount(8) passes to a helper beside the options (mount(8), "EXTERNAL HELPERS").</summary>
public sealed class HelperFlagTests : IDisposable
{
    private const string Helper = "/sbin/mount.fuse.kheadersfs";

    private readonly MountSite _site = new();
    private readonly Installation _installed;

    public HelperFlagTests() => _installed = Installation.WithHelpers(_site.Scratch);

    public void Dispose()
    {
        _installed.Dispose();
        _site.Dispose();
    }

    [Fact]
    public void Fake_does_all_but_the_mount()
    {
        _site.RunSilently(Helper, _site.Archive, _site.Directory, "-f");
        _site.AssertGone();
    }

    [Fact]
    public void Fake_finds_what_would_fail()
    {
        ProcessRun run = _site.Run(Helper, "/no/such/archive", _site.Directory, "-f");
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        _site.AssertGone();
    }

    [Fact]
    public void Fake_removes_the_directory_that_it_made()
    {
        _site.RunSilently(Helper, _site.Archive, _site.Scratch.In("made/build"), "-f", "-o", "mkdir");
        Assert.False(Directory.Exists(_site.Scratch.In("made")));
        _site.AssertGone();
    }

    [Theory]
    [InlineData("mount -f -t fuse.kheadersfs ARCHIVE DIR")]
    [InlineData("mount --fake -v -t fuse.kheadersfs ARCHIVE DIR")]
    public void A_fake_mount_leaves_nothing(string command)
    {
        _site.Run(Words(command)).Succeeded();
        _site.AssertGone();
    }

    [Theory]
    [InlineData("mount -s -t fuse.kheadersfs -o made_up=7 ARCHIVE DIR")]
    [InlineData("mount -n -t fuse.kheadersfs ARCHIVE DIR")]
    [InlineData("mount -s -n -t kheadersfs -o made_up ARCHIVE DIR")]
    [InlineData("/sbin/mount.fuse.kheadersfs ARCHIVE DIR -n -s -t fuse.kheadersfs -o rw,made_up")]
    [InlineData("/sbin/mount.kheadersfs ARCHIVE DIR -o rw -t kheadersfs")]
    public void Sloppy_no_table_and_type_are_taken_in_silence(string command)
    {
        _site.RunSilently(Words(command));
        _site.AssertMounted();
        _site.Unmount();
    }

    [Fact]
    public void Verbose_is_taken()
    {
        _site.Run("mount", "-v", "-t", "fuse.kheadersfs", _site.Archive, _site.Directory).Succeeded();
        _site.AssertMounted();
        _site.Unmount();
    }

    [Theory]
    [InlineData("mount -N NS -t fuse.kheadersfs ARCHIVE DIR")]
    [InlineData("/sbin/mount.fuse.kheadersfs ARCHIVE DIR -N NS -o rw")]
    [InlineData("/sbin/mount.fuse.kheadersfs ARCHIVE DIR -N PID -s -o made_up")]
    public void A_mount_for_another_namespace_appears_there_only(string command)
    {
        using Process other = ProcessRun.Start(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", "echo; exec sleep 60"], _site.Scratch.Work, _site.Scratch.Environment);
        try
        {
            other.StandardOutput.ReadLine();
            string id = other.Id.ToString(CultureInfo.InvariantCulture);
            string[] words = [.. Words(command).Select(word => word switch { "NS" => $"/proc/{id}/ns/mnt", "PID" => id, _ => word })];
            _site.RunSilently(words);
            Assert.Contains($" {_site.Directory} ", File.ReadAllText($"/proc/{id}/mountinfo"), StringComparison.Ordinal);
            Assert.Null(MountTable.At(_site.Directory));
            _site.RunSilently("nsenter", $"--mount=/proc/{id}/ns/mnt", "umount", _site.Directory);
            _site.AssertGone();
        }
        finally
        {
            _ = Syscall.kill(other.Id, Signum.SIGKILL);
            other.WaitForExit(Deadline.Short);
        }
    }

    private string[] Words(string command) =>
    [
        .. command.Split(' ').Select(word => word switch { "ARCHIVE" => _site.Archive, "DIR" => _site.Directory, _ => word }),
    ];
}
