using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Nothing has extended attributes, and whoever asks for all of them finds that.</summary>
public sealed class ExtendedAttributeTests : IDisposable
{
    private readonly MountedProgram _mounted = MountedProgram.Foreground(Archives.Real, "-o", "release=ignore");

    public void Dispose() => _mounted.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("include/linux/mm.h")]
    [InlineData("include/linux")]
    public void The_list_is_empty(string path) => _mounted.Within(() =>
    {
        Assert.Equal(0, Syscall.listxattr(_mounted.In(path), out string[] names));
        Assert.Empty(names);
        Assert.Equal(0, Syscall.llistxattr(_mounted.In(path), out names));
        Assert.Empty(names);
    });

    [Fact]
    public void Tar_archives_all_with_attributes_and_says_nothing() => _mounted.Within(() =>
    {
        ProcessRun run = ProcessRun.Of(["tar", "--xattrs", "--selinux", "--acls", "-cf", "/dev/null", "-C", _mounted.Root, "include/linux"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    });

    [Fact]
    public void One_by_its_name_is_asked_for_once() => _mounted.Within(() =>
    {
        string header = _mounted.In("include/linux/mm.h");
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(-1, Syscall.getxattr(header, "user.any", out _));
            Assert.Equal(Errno.EOPNOTSUPP, Stdlib.GetLastError());
        }

        Assert.Equal(1, _mounted.Statistics()["GETXATTR"]);
    });
}
