using System.Text;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Nothing can be changed: the mount says so, and where the kernel lets a request through, so does the server.</summary>
public sealed class ReadOnlyTests : IDisposable
{
    private const string Header = HandMadeArchive.AlwaysThere;

    private static readonly (string Name, Func<string, Errno?> Call)[] Writes =
    [
        ("write", root => Write($"{root}/{Header}", OpenFlags.O_WRONLY)),
        ("append", root => Write($"{root}/{Header}", OpenFlags.O_RDWR | OpenFlags.O_APPEND)),
        ("create", root => ErrorOf(Syscall.open($"{root}/new", OpenFlags.O_CREAT | OpenFlags.O_WRONLY, FilePermissions.DEFFILEMODE))),
        ("truncate", root => ErrorOf(Syscall.truncate($"{root}/{Header}", 0))),
        ("mkdir", root => ErrorOf(Syscall.mkdir($"{root}/new", FilePermissions.ALLPERMS))),
        ("mkfifo", root => ErrorOf(Syscall.mkfifo($"{root}/new", FilePermissions.DEFFILEMODE))),
        ("rmdir", root => ErrorOf(Syscall.rmdir($"{root}/include"))),
        ("unlink", root => ErrorOf(Syscall.unlink($"{root}/{Header}"))),
        ("rename", root => ErrorOf(Stdlib.rename($"{root}/{Header}", $"{root}/include/new.h"))),
        ("link", root => ErrorOf(Syscall.link($"{root}/{Header}", $"{root}/include/new.h"))),
        ("symlink", root => ErrorOf(Syscall.symlink("target", $"{root}/new"))),
        ("chmod", root => ErrorOf(Syscall.chmod($"{root}/{Header}", FilePermissions.ALLPERMS))),
        ("chown", root => ErrorOf(Syscall.chown($"{root}/{Header}", 1, 1))),
        ("utime", root => ErrorOf(Syscall.utimes($"{root}/{Header}", null))),
        ("setxattr", root => ErrorOf(Syscall.setxattr($"{root}/{Header}", "user.new", Encoding.UTF8.GetBytes("value")))),
        ("removexattr", root => ErrorOf(Syscall.removexattr($"{root}/{Header}", "user.new"))),
    ];

    private readonly MountedProgram _mounted = MountedProgram.Detached(Archives.Real);

    public void Dispose() => _mounted.Dispose();

    [Fact]
    public void Every_change_is_refused_as_read_only() => AssertAllRefused();

    [Fact]
    public void The_server_refuses_every_change_where_the_kernel_would_let_it_through()
    {
        _mounted.Within(() => Assert.Equal(
            0, Native.mount("kheaders", _mounted.Root, null, Native.MS_REMOUNT | Native.MS_NOSUID | Native.MS_NODEV, null)));
        Assert.StartsWith("rw", MountTable.At(_mounted.Root)!.Options, StringComparison.Ordinal);
        AssertAllRefused();
    }

    [Fact]
    public void The_mount_is_read_only_without_devices_and_without_setuid()
    {
        MountEntry mount = MountTable.At(_mounted.Root)!;
        Assert.Equal("fuse.kheadersfs", mount.Type);
        Assert.Empty(new[] { "ro", "nosuid", "nodev" }.Except(mount.Options.Split(','), StringComparer.Ordinal));
    }

    [Fact]
    public void Statvfs_tells_no_blocks_and_no_files_as_of_proc() => _mounted.Within(() =>
    {
        Assert.Equal(0, Syscall.statvfs(_mounted.Root, out Statvfs statvfs));
        Assert.True(statvfs.f_flag.HasFlag(MountFlags.ST_RDONLY));
        Assert.Equal((0UL, 0UL, 0UL), (statvfs.f_blocks, statvfs.f_bfree, statvfs.f_bavail));
        Assert.Equal((0UL, 0UL), (statvfs.f_files, statvfs.f_ffree));
        Assert.Equal((4096UL, 255UL), (statvfs.f_frsize, statvfs.f_namemax));
    });

    [Fact]
    public void Df_shows_the_mount_when_asked_for_it_and_no_monitor_sees_a_full_disk()
    {
        string[] lines = ProcessRun.Of(["df", "-kP", _mounted.Root]).Succeeded().Output.TrimEnd().Split('\n');
        Assert.EndsWith($" 0 0 0 - {_mounted.Root}", string.Join(' ', lines[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain(_mounted.Root, ProcessRun.Of(["df", "-kP"]).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_mounted.Root, ProcessRun.Of(["df", "-iP"]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Extended_attributes_are_not_supported() => _mounted.Within(() =>
    {
        Assert.Equal(-1, Syscall.getxattr(_mounted.In(Header), "user.any", out _));
        Assert.Equal(Errno.EOPNOTSUPP, Stdlib.GetLastError());
    });

    // The server has told the kernel not to ask it about open(2): a writable mount opens, and then the write must fail.
    private static unsafe Errno? Write(string path, OpenFlags flags)
    {
        int descriptor = Syscall.open(path, flags);
        if (descriptor < 0)
        {
            return ErrorOf(descriptor);
        }

        byte one = 1;
        Errno? error = ErrorOf((int)Syscall.pwrite(descriptor, &one, 1, 0));
        _ = Syscall.close(descriptor);
        return error;
    }

    private static Errno? ErrorOf(int result) => result < 0 ? Stdlib.GetLastError() : null;

    private void AssertAllRefused() => _mounted.Within(() => Assert.All(
        Writes, write => Assert.Equal((write.Name, (Errno?)Errno.EROFS), (write.Name, write.Call(_mounted.Root)))));
}
