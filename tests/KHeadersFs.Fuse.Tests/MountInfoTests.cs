namespace KHeadersFs.Fuse.Tests;

public class MountInfoTests
{
    [Fact]
    public void A_line_is_parsed_with_any_number_of_optional_fields()
    {
        MountInfo mount = MountInfo.TryParse(
            "36 35 0:98 / /lib/modules/6.1/build ro,nosuid shared:1 master:2 - fuse.kheadersfs kheaders ro,user_id=0")!;
        Assert.Equal(
            new MountInfo(
                36, 35, 0, 98, "/", "/lib/modules/6.1/build", "ro,nosuid",
                "fuse.kheadersfs", "kheaders", "ro,user_id=0")
            { IsShared = true },
            mount);
        Assert.Equal(0u, mount.UserId);
        MountInfo other = MountInfo.TryParse("1 2 3:4 / /x rw - tmpfs none rw")!;
        Assert.Equal("tmpfs", other.Type);
        Assert.False(other.IsShared);
        Assert.Null(other.UserId);
    }

    [Theory]
    [InlineData(@"/a\040b", "/a b")]
    [InlineData(@"/a\011\012\134\043", "/a\t\n\\#")]
    [InlineData(@"/a\09", @"/a\09")]
    [InlineData(@"/a\04", @"/a\04")]
    public void Octal_escapes_are_undone(string escaped, string directory) =>
        Assert.Equal(directory, MountInfo.TryParse($"1 2 3:4 / {escaped} rw - tmpfs none rw")?.Directory);

    [Theory]
    [InlineData("")]
    [InlineData("1 2 3:4 / /x rw")]
    [InlineData("1 2 3:4 / /x rw - tmpfs none")]
    [InlineData("a 2 3:4 / /x rw - tmpfs none rw")]
    [InlineData("1 2 34 / /x rw - tmpfs none rw")]
    [InlineData("1 2 3:-4 / /x rw - tmpfs none rw")]
    public void Other_lines_are_none(string line) => Assert.Null(MountInfo.TryParse(line));

    [Fact]
    public void The_topmost_mount_of_a_directory_is_found()
    {
        string[] table =
        [
            "20 1 0:1 / / rw - ext4 /dev/vda rw",
            "30 20 0:2 / /mnt rw - tmpfs lower rw",
            "40 30 0:3 / /mnt rw - tmpfs upper rw",
            "50 20 0:4 / /mnt/sub rw - tmpfs other rw",
        ];
        Assert.Equal("upper", MountInfo.FindIn(table, "/mnt/")?.Source);
        Assert.Equal("upper", MountInfo.FindIn(table.Reverse(), "/mnt")?.Source);
        Assert.Equal("ext4", MountInfo.FindIn(table, "/")?.Type);
        Assert.Null(MountInfo.FindIn(table, "/mn"));
    }

    [Fact]
    public void A_file_system_is_mounted_wherever_its_device_is_listed()
    {
        string[] table =
        [
            "20 1 0:1 / / rw - ext4 /dev/vda rw",
            "30 20 0:42 /sub /mnt rw - fuse.name source rw",
        ];
        Assert.True(MountInfo.IsMountedIn(table, 0, 42));
        Assert.False(MountInfo.IsMountedIn(table, 0, 4));
        Assert.False(MountInfo.IsMountedIn(table, 42, 0));
    }

    [Fact]
    public void Proc_is_found_in_the_real_table()
    {
        MountInfo? proc = MountInfo.Find("/proc");
        Assert.Equal("proc", proc?.Type);
        Assert.True(MountInfo.IsMounted(proc!.Major, proc.Minor));
        Assert.Null(MountInfo.Find("/proc/self/no-mount-here"));
    }
}
