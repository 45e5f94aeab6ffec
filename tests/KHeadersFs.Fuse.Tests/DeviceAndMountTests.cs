using System.Diagnostics;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse.Tests;

public sealed class DeviceAndMountTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kheadersfs-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_missing_device_says_how_to_get_it()
    {
        FuseException failure = Assert.Throws<FuseException>(() => FuseDevice.Open("/dev/no-fuse-here"));
        Assert.Equal(Errno.ENOENT, failure.Errno);
        Message.Says(failure.Message, "/dev/no-fuse-here ENOENT modprobe CONFIG_FUSE_FS --device");
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Theory]
    [InlineData(Errno.EACCES)]
    [InlineData(Errno.EPERM)]
    public void A_forbidden_device_says_whom_to_ask(Errno errno) =>
        Message.Says(FuseDevice.OpenFailed("/dev/fuse", errno).Message, $"/dev/fuse {errno} permission root administrator");

    [Theory]
    [InlineData(-1)]
    [InlineData(987654)]
    public void A_descriptor_that_is_not_open_is_refused(int descriptor) => Assert.Equal(
        Errno.EBADF, Assert.Throws<FuseException>(() => FuseDevice.FromDescriptor(descriptor)).Errno);

    [Fact]
    public void A_device_with_a_living_other_end_is_connected()
    {
        using var kernel = new StandInDevice();
        using FuseDevice device = kernel.Device;
        Assert.True(device.IsConnected);
    }

    [Fact]
    public void A_directory_that_is_not_mounted_cannot_be_unmounted()
    {
        using SafeFileHandle parent = PosixFile.TryOpen(Path.GetDirectoryName(_directory)!, PosixDirectory.Only)!;
        FuseException failure = Assert.Throws<FuseException>(() => FuseMount.Unmount(_directory, parent, Path.GetFileName(_directory)));
        Assert.True(failure.Errno is Errno.EINVAL or Errno.EPERM, failure.Message);
        Assert.StartsWith($"cannot unmount {_directory}: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mount_errors_say_what_to_do()
    {
        Message.Says(FuseMount.MountFailed("/x", Errno.ENOENT).Message, "/x symbolic link");
        Message.Says(FuseMount.MountFailed("/x", Errno.EPERM).Message, "/x root");
        Assert.Contains("umount -l /x", FuseMount.UnmountFailed("/x", Errno.EBUSY).Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', FuseMount.UnmountFailed("/x", Errno.EIO).Message);
    }

    [Fact]
    public void Options_become_the_kernels_and_fusermounts_words()
    {
        var options = new MountOptions { UserId = 1, GroupId = 2, AllowOther = true, Extra = "context=\"a,b\"" };
        Assert.Equal(
            "fd=7,rootmode=40000,user_id=1,group_id=2,allow_other,default_permissions,max_read=131072,context=\"a,b\"",
            options.ForKernel(7));
        options = new MountOptions { Flags = MountFlags.MS_NOEXEC, DefaultPermissions = false, MaxRead = 4096 };
        Assert.Equal(
            @"ro,suid,dev,noexec,fsname=a\,b\\c,subtype=kheadersfs,max_read=4096",
            options.ForFuserMount(@"a,b\c", "fuse.kheadersfs"));
        Assert.Throws<FuseException>(() => new MountOptions { MaxRead = 131073 }.ForKernel(7));
    }

    [Fact]
    public void Without_fusermount_its_package_is_named()
    {
        FuseException failure = Assert.Throws<FuseException>(() => FuserMount.FindProgram(_directory));
        Message.Says(failure.Message, "fusermount3 fuse3 root");
        File.WriteAllText(Path.Combine(_directory, "fusermount"), "");
        Assert.Equal(Path.Combine(_directory, "fusermount"), FuserMount.FindProgram("/nowhere:" + _directory));
    }

    [Fact]
    public void What_fusermount_complains_about_becomes_the_message()
    {
        string program = Script("echo 'fusermount3: mount failed: Operation not permitted' >&2; exit 1");
        FuseException failure = Assert.Throws<FuseException>(
            () => FuserMount.Mount(program, "kheaders", "/x", "fuse.kheadersfs", new MountOptions()));
        const string said = "fusermount3: mount failed: Operation not permitted; ";
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Message.Says(failure.Message, "mount /x directory root");
        failure = Assert.Throws<FuseException>(() => FuserMount.Unmount(program, "/x", lazy: true));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Message.Says(failure.Message, "unmount /x directory root");
    }

    [Fact]
    public void Fusermount_gets_the_lazy_flag()
    {
        FuserMount.Unmount(Script("test \"$*\" = '-u -z -- /x'"), "/x", lazy: true);
        FuserMount.Unmount(Script("test \"$*\" = '-u -- /x'"), "/x", lazy: false);
    }

    [Fact]
    public void The_descriptor_that_fusermount_sends_is_the_device()
    {
        const string Source = """
            #include <fcntl.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/socket.h>
            int main(void)
            {
                int fd = open("/dev/null", O_RDWR);
                char control[CMSG_SPACE(sizeof fd)] = { 0 };
                struct iovec part = { "", 1 };
                struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
                    .msg_control = control, .msg_controllen = sizeof control };
                struct cmsghdr *c = CMSG_FIRSTHDR(&message);
                c->cmsg_level = SOL_SOCKET; c->cmsg_type = SCM_RIGHTS; c->cmsg_len = CMSG_LEN(sizeof fd);
                memcpy(CMSG_DATA(c), &fd, sizeof fd);
                return sendmsg(atoi(getenv("_FUSE_COMMFD")), &message, 0) == 1 ? 0 : 1;
            }
            """;
        string source = Path.Combine(_directory, "fusermount3.c");
        string program = Path.Combine(_directory, "fusermount3");
        File.WriteAllText(source, Source);
        using (Process gcc = Process.Start("gcc", ["-o", program, source]))
        {
            gcc.WaitForExit();
            Assert.Equal(0, gcc.ExitCode);
        }

        using FuseDevice device = FuserMount.Mount(program, "kheaders", "/x", "fuse.kheadersfs", new MountOptions());
        string link = $"/proc/self/fd/{device.DangerousGetHandle()}";
        Assert.Equal("/dev/null", File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName);
    }

    private string Script(string body)
    {
        string path = Path.Combine(_directory, "fusermount3");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (OperatingSystem.IsLinux())
        {
            options.UnixCreateMode = (UnixFileMode)0x1ED;
        }

        using (var file = new StreamWriter(path, options))
        {
            file.Write("#!/bin/sh\n" + body + "\n");
        }

        return path;
    }
}
