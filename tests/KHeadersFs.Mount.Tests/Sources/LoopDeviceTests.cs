using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A loop device in the place of an archive, as busybox's mount hands over: the file behind it is read, and the device let go.</summary>
public sealed class LoopDeviceTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly List<string> _devices = [];

    public void Dispose()
    {
        _site.Dispose();
        _devices.ForEach(static device => _ = ProcessRun.Of(["losetup", "-d", device]));
    }

    [Fact]
    public void Busyboxs_mount_of_a_file_is_a_mount_of_that_file()
    {
        RequireLoops();
        TestRun.SkipUnless(ClangCompile.IsInstalled("busybox"), "busybox (package busybox-static) is not installed");
        using var installed = Installation.WithHelpers(_site.Scratch);
        _site.RunSilently("busybox", "mount", "-t", "fuse.kheadersfs", _site.Archive, _site.Directory);
        Assert.Equal(_site.Archive, _site.AssertMounted().Source);
        Assert.NotEmpty(Deadline.Read(_site.Directory, HandMadeArchive.AlwaysThere));
        Assert.Equal("", ProcessRun.Of(["losetup", "-j", _site.Archive]).Succeeded().Output); // it went as soon as busybox had ended
        _site.RunSilently("busybox", "umount", _site.Directory);
        _site.AssertGone();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_file_behind_a_device_is_read_to_its_last_byte(bool foreground)
    {
        string device = Attach(_site.Archive);
        Assert.NotEqual(0, new FileInfo(_site.Archive).Length % 512); // of which the device has not all
        if (foreground)
        {
            using var mounted = MountedProgram.Foreground(device);
            Assert.NotEmpty(Deadline.Read(mounted.Root, HandMadeArchive.AlwaysThere));
            Assert.Equal(_site.Archive, MountTable.At(mounted.Root)!.Source);
            mounted.Signal(Signum.SIGTERM);
            Assert.Equal(0, mounted.WaitForEnd());
            return;
        }

        _site.RunSilently(Subject.Path, device, _site.Directory);
        Assert.Equal(_site.Archive, _site.AssertMounted().Source);
        Assert.NotEmpty(Deadline.Read(_site.Directory, HandMadeArchive.AlwaysThere));
        Assert.DoesNotContain(ProcFs.Descriptors(_site.Server()).Values, open => open.StartsWith("/dev/loop", StringComparison.Ordinal));
        _site.Unmount();
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("info")]
    public void Commands_read_the_file_too(string command)
    {
        string device = Attach(_site.Archive);
        ProcessRun run = _site.Run(Subject.Path, command, device).Succeeded();
        Assert.DoesNotContain(device, run.Output + run.Error, StringComparison.Ordinal);
    }

    /// <summary>Another file of that name is not what the device has.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_has_gone_is_said_to_be_gone(bool replaced)
    {
        string device = Attach(_site.Archive);
        byte[] content = File.ReadAllBytes(_site.Archive);
        if (replaced)
        {
            string other = _site.Scratch.Write("other", content);
            File.Move(other, _site.Archive, overwrite: true);
        }
        else
        {
            File.Delete(_site.Archive);
        }

        FailedMount.Expect(FailedMount.MountFailure, $"{device}: loop device file", _site.Scratch, device, _site.Directory);
    }

    /// <summary>With an offset the device is what is meant: an archive within a file, of whole sectors.</summary>
    [Fact]
    public void A_part_of_a_file_is_read_as_the_device_has_it()
    {
        byte[] archive = File.ReadAllBytes(_site.Archive);
        byte[] padded = new byte[512 + ((archive.Length + 511) / 512 * 512)];
        archive.CopyTo(padded, 512);
        string device = Attach(_site.Scratch.Write("image", padded), "--offset", "512");
        ProcessRun run = _site.Run(Subject.Path, device, _site.Directory);

        // What xz allows behind a stream is a matter of whole groups of four zero bytes (xz-file-format, 2.2).
        Assert.Equal(archive.Length % 4 == 0 ? 0 : FailedMount.MountFailure, run.ExitCode);
    }

    private static void RequireLoops() => TestRun.SkipUnless(
        ClangCompile.IsInstalled("losetup") && ProcessRun.Of(["losetup", "-f"]).ExitCode == 0, "this kernel has no loop devices to use");

    private string Attach(string file, params string[] options)
    {
        RequireLoops();
        string device = ProcessRun.Of(["losetup", "-f", "--show", "-r", .. options, file]).Succeeded().Output.Trim();
        _devices.Add(device);
        return device;
    }
}
