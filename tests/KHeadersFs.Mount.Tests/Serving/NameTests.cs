using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Names that are not there, and things that are not what they are used as.</summary>
public sealed class NameTests : IDisposable
{
    private readonly MountedProgram _mounted = MountedProgram.Foreground(Archives.Real);

    public void Dispose() => _mounted.Dispose();

    [Theory]
    [InlineData("vmlinux", Errno.ENOENT)]
    [InlineData("Makefile", Errno.ENOENT)]
    [InlineData("include/linux/sched.", Errno.ENOENT)]
    [InlineData("include/linux/sched.h ", Errno.ENOENT)]
    [InlineData("include/linux/SCHED.H", Errno.ENOENT)]
    [InlineData("no/such/directory", Errno.ENOENT)]
    [InlineData("include/linux/kconfig.h/x", Errno.ENOTDIR)]
    [InlineData("include/linux/kconfig.h/", Errno.ENOTDIR)]
    public void A_wrong_name_has_the_right_errno(string name, Errno errno) => _mounted.Within(() => AssertFails(name, errno));

    [Fact]
    public void A_name_of_255_bytes_is_absent_and_a_longer_one_too_long() => _mounted.Within(() =>
    {
        AssertFails("include/" + new string('n', 255), Errno.ENOENT);
        AssertFails("include/" + new string('n', 256), Errno.ENAMETOOLONG);
    });

    [Fact]
    public void A_missing_name_is_asked_once() => _mounted.Within(() =>
    {
        AssertFails("include/linux/not-there.h", Errno.ENOENT);
        ServerStatistics before = _mounted.Statistics();
        for (int again = 0; again < 100; again++)
        {
            AssertFails("include/linux/not-there.h", Errno.ENOENT);
        }

        Assert.Equal(string.Empty, _mounted.Statistics().Since(before));
    });

    [Fact]
    public void A_directory_cannot_be_read_and_a_file_not_listed() => _mounted.Within(() =>
    {
        using var directory = new OpenFile(_mounted.In("include"));
        Assert.Equal(-1, Syscall.read(directory.Descriptor, 0, 0));
        Assert.Equal(Errno.EISDIR, Stdlib.GetLastError());
        Assert.Equal(-1, Syscall.open(_mounted.In(HandMadeArchive.AlwaysThere), OpenFlags.O_DIRECTORY));
        Assert.Equal(Errno.ENOTDIR, Stdlib.GetLastError());
        Assert.Equal(-1, Syscall.readlink(_mounted.In("include"), new byte[10]));
        Assert.Equal(Errno.EINVAL, Stdlib.GetLastError());
    });

    private void AssertFails(string name, Errno errno)
    {
        Assert.Equal(-1, Syscall.lstat(_mounted.In(name), out _));
        Assert.Equal((name, errno), (name, Stdlib.GetLastError()));
    }
}
