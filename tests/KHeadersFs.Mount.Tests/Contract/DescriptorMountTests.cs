using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>/dev/fd/N as the directory: somebody else has mounted a descriptor of /dev/fuse, and the program serves it.</summary>
public sealed class DescriptorMountTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_descriptor_that_is_mounted_already_is_served()
    {
        int device = MountDevice();
        try
        {
            _site.RunSilently(Subject.Path, _site.Archive, string.Create(CultureInfo.InvariantCulture, $"/dev/fd/{device}"));
        }
        finally
        {
            _ = Syscall.close(device);
        }

        Assert.Equal("theirs", _site.AssertMounted().Source);
        _site.Unmount();
    }

    // With -f the device is handed on to a child, which has a socket of the program's own under number 10.
    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(16)]
    public void In_the_foreground_it_is_served_under_any_number(int number)
    {
        int device = MountDevice();
        using Process server = ProcessRun.Start(
            ["bash", "-c", $"exec \"$@\" {number}<&{device}", "bash", Subject.Path, "-f", _site.Archive, $"/dev/fd/{number}"],
            _site.Scratch.Work,
            _site.Scratch.Environment);
        _ = Syscall.close(device);
        _site.AssertMounted();
        _site.Unmount();
        Assert.True(server.WaitForExit(Deadline.Short), "the server does not end");
        Assert.Equal(0, server.ExitCode);
    }

    [Theory]
    [InlineData("drop_privileges")]
    [InlineData("drop_privileges,setuid=nobody,allow_other,log=/dev/null")]
    public void Mount_fuse3_drops_its_privileges_before_the_program_starts(string options)
    {
        using var installed = Installation.WithoutHelpers(_site.Scratch);
        ProcessRun run = _site.Run("mount", "-t", "fuse.kheadersfs", "-o", options, _site.Archive, _site.Directory).Succeeded();

        // Root without the right to become another user stays root.
        Assert.Matches("^(kheadersfs: warning: /dev/fd/[0-9]+: sandbox: [^\n]+ \\(Operation not permitted\\)\n)?$", run.Error);
        Assert.True(run.Error.Length == 0 || Message.Has(run.Error, "server root's files"), run.Error);
        _site.AssertMounted();
        Assert.Contains("CapEff:\t0000000000000000", File.ReadAllText($"/proc/{_site.Server()}/status"), StringComparison.Ordinal);
        _site.Unmount();
    }

    [Fact]
    public void A_descriptor_that_is_not_open_is_named()
    {
        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, "/dev/fd/77"]);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, "/dev/fd/77", _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    /// <summary>A descriptor that is mounted. Not close-on-exec: the program inherits it, under the same number.</summary>
    private int MountDevice()
    {
        int device = Syscall.open("/dev/fuse", OpenFlags.O_RDWR);
        string data = string.Create(CultureInfo.InvariantCulture, $"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other");
        Assert.Equal(0, Native.mount("theirs", _site.Directory, "fuse.kheadersfs", Native.MS_NOSUID | Native.MS_NODEV, data));
        return device;
    }
}
