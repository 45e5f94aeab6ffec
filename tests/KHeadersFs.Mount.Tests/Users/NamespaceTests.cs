namespace KHeadersFs.Mount.Tests;

/// <summary>User namespaces, and containers that see little more than /proc, /sys and the mount.</summary>
public sealed class NamespaceTests : IDisposable
{
    /// <summary>
    /// A root directory ($1) with the machine's programs, /proc, /sys and the directory $2, seen at the same path; the rest
    /// of the machine is gone. The other arguments are the command that runs there.
    /// </summary>
    private const string Container = """
        set -e
        root=$1 inside=$2
        shift 2
        mount -t tmpfs container "$root"
        mkdir -p "$root/usr" "$root/proc" "$root/sys" "$root/old" "$root/dev" "$root/tmp" "$root$inside"
        for link in bin lib lib64 sbin; do [ ! -L "/$link" ] || cp -P "/$link" "$root/$link"; done
        mount --rbind /usr "$root/usr"
        mount --rbind /sys "$root/sys"
        mount --bind "$inside" "$root$inside"
        mknod -m 666 "$root/dev/null" c 1 3
        mknod -m 666 "$root/dev/fuse" c 10 229
        cd "$root"
        busybox pivot_root . old
        mount -t proc proc /proc
        umount -l /old
        exec "$@"
        """;

    private static readonly string[] s_unshare =
        ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "sh", "-c", Container, "sh"];

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void The_root_of_a_user_namespace_mounts_by_itself()
    {
        var user = new OrdinaryUser(_site.Scratch);
        using var device = new BoundDevice(_site.Scratch, "666");
        string[] unshare = [.. OrdinaryUser.Prefix, "unshare", "--user", "--map-root-user", "--mount"];
        TestRun.SkipUnless(_site.Run([.. unshare, "true"]).ExitCode == 0, "no user namespaces for ordinary users here");
        const string script = """
            set -e
            "$1" "$2" "$3"
            cat "$3/include/linux/kconfig.h"
            stat -c %u:%g "$3"
            findmnt -n -o FSTYPE,OPTIONS "$3"
            "$1" -u "$3"
            ! findmnt "$3"
            """;
        string[] command = ["env", "PATH=/usr/bin:/bin", "sh", "-c", script, "sh", user.Program, _site.Archive, _site.Directory];
        try
        {
            string output = _site.Run([.. unshare, .. command]).Succeeded().Output;
            Assert.Contains("#define IS_ENABLED(option) 1\n0:0\nfuse.kheadersfs ro,nosuid,nodev", output, StringComparison.Ordinal);
            Deadline.Until(() => ProcFs.Running(user.Program).Count == 0, "no server left");
            _site.AssertGone();
        }
        finally
        {
            user.Clear(_site.Directory);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_container_reads_what_was_mounted_before_it_started(bool ordinary)
    {
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        string[] user = ordinary ? OrdinaryUser.Prefix : [];
        string output = Contain(_site.Directory, [.. user, "cat", $"{_site.Directory}/{HandMadeArchive.AlwaysThere}"]).Succeeded().Output;
        Assert.Contains("IS_ENABLED", output, StringComparison.Ordinal);
        _site.AssertMounted();
        _site.Unmount();
    }

    [Fact]
    public void A_container_mounts_the_kernels_archive_for_itself()
    {
        using var kernel = FakeKernel.WithArchive(_site.Scratch, _site.Archive);
        const string script = """
            set -e
            mkdir /tmp/headers
            "$1/kheadersfs" kheaders /tmp/headers
            cat /tmp/headers/include/linux/kconfig.h
            umount /tmp/headers
            """;
        string programs = Directory.CreateDirectory(_site.Scratch.In("programs")).FullName;
        File.Copy(Subject.Path, Path.Combine(programs, "kheadersfs"));
        string output = Contain(programs, "sh", "-c", script, "sh", programs).Succeeded().Output;
        Assert.Contains("IS_ENABLED", output, StringComparison.Ordinal);
        _site.AssertGone();
    }

    private ProcessRun Contain(string inside, params string[] command) =>
        _site.Run([.. s_unshare, Directory.CreateDirectory(_site.Scratch.In("root")).FullName, inside, .. command]);
}
