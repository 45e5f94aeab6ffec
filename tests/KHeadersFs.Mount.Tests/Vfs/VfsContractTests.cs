namespace KHeadersFs.Mount.Tests;

/// <summary>
/// What each call on a mount answers, beside what the kernel's own squashfs answers for the same tree: contract.c makes the calls, as root and
/// as a user without rights. What differs is decided, and stands here with its reason.
/// </summary>
public sealed class VfsContractTests : IDisposable
{
    /// <summary>Calls, by how their lines begin, for which the answers differ, and ours.</summary>
    private static readonly (string Call, string Ours)[] s_decided =
    [
        // No tar of a kernel has extended attributes, and "not supported" is remembered by the kernel: no tool asks twice.
        ("listxattr ", "EOPNOTSUPP"),
        ("getxattr ", "EOPNOTSUPP"),

        // Nothing has to be written, as ext4 and tmpfs say when they are read-only; squashfs has no such call.
        ("fsync ", "0"),
        ("fdatasync ", "0"),

        // It reads past the page cache, which squashfs cannot.
        ("direct-open file", "0"),
        ("direct-read file", "4096"),
    ];

    private readonly MountSite _site = new();
    private readonly string _squashfs;

    public VfsContractTests()
    {
        string tree = _site.Scratch.In("tree");
        _squashfs = Directory.CreateDirectory(_site.Scratch.In("squashfs")).FullName;
        ProcessRun.Shell(
            """
            set -e
            mkdir -p "$1/dir/sub"; cd "$1"
            yes '#define X 1' | head -n 500 >file
            for i in 1 2 3 4 5; do echo $i >dir/h$i.h; done
            ln -s file link
            chmod 444 file dir/*.h
            chmod 755 . dir dir/sub
            find . -exec touch -h -d @1600000000 {} +
            tar --owner 0 --group 0 --sort=name -cf ../tree.tar .
            mksquashfs . ../tree.squashfs -all-root -quiet -no-progress
            """,
            tree).Succeeded();
        ProcessRun mounted = _site.Run("mount", "-o", "loop,ro,nosuid,nodev", _site.Scratch.In("tree.squashfs"), _squashfs);
        TestRun.SkipUnless(mounted.ExitCode == 0, $"no squashfs to compare with: {mounted.Error.Trim()}");
        _site.RunSilently(Subject.Path, "-o", "release=ignore", _site.Scratch.In("tree.tar"), _site.Directory);
        _site.AssertMounted();
    }

    public void Dispose()
    {
        _ = Native.umount2(_squashfs, Native.MNT_DETACH);
        _site.Dispose();
    }

    [Theory]
    [InlineData("0")]
    [InlineData(OrdinaryUser.Id)]
    public void Each_call_is_answered_as_squashfs_answers_it_but_for_what_is_decided(string user)
    {
        string[] theirs = Answers(_squashfs, user);
        string[] ours = Answers(_site.Directory, user);
        Assert.InRange(ours.Length, 400, 1000);
        string[] unexpected =
        [
            .. theirs.Except(ours, StringComparer.Ordinal).Where(static line => !IsDecided(line)).Select(static line => $"squashfs: {line}"),
            .. ours.Except(theirs, StringComparer.Ordinal).Where(static line => !IsDecided(line, ours: true)).Select(static line => $"ours: {line}"),
        ];
        Assert.True(unexpected.Length == 0, $"of {ours.Length} calls as user {user}:\n{string.Join('\n', unexpected)}");
    }

    [Fact]
    public void Inode_numbers_are_the_same_after_a_remount()
    {
        string before = Inodes();
        Remount("tree.tar");
        Assert.Equal(before, Inodes());
    }

    [Fact]
    public void A_handle_leads_to_its_file_when_the_kernel_has_forgotten_it_and_never_to_one_of_another_tree()
    {
        ProcessRun.Shell("cd \"$1\" && sed -i s/1/2/ dir/h3.h && touch -d @1500000000 dir/h3.h && tar --sort=name -cf ../other.tar .", _site.Scratch.In("tree")).Succeeded();
        foreach (string path in (string[])["dir/h3.h", "dir/sub"])
        {
            _site.RunSilently(Program(), "save", Path.Combine(_site.Directory, path), HandleOf(path));
        }

        AssertFound();
        File.WriteAllText("/proc/sys/vm/drop_caches", "2\n");
        AssertFound();
        Remount("tree.tar");
        AssertFound();
        Remount("other.tar");
        AssertStale();
        Remount("tree.tar", ",subdir=dir");
        AssertStale();

        void AssertFound()
        {
            Assert.Matches(@"^/.*\n3\n\z", Led("dir/h3.h")); // the path of a file whose name nobody has asked for is not known
            Assert.Equal($"{_site.Directory}/dir/sub\n", Led("dir/sub"));
        }

        void AssertStale()
        {
            Assert.Equal("Stale file handle\n", Led("dir/h3.h"));
            Assert.Equal("Stale file handle\n", Led("dir/sub"));
        }

        string HandleOf(string path) => _site.Scratch.In(path.Replace('/', '-'));
        string Led(string path) => _site.Run(Program(), "lead", _site.Directory, HandleOf(path)).Succeeded().Output;
    }

    [Theory]
    [InlineData("")]
    [InlineData(",index=on")]
    [InlineData(",index=on,nfs_export=on")]
    public void An_overlay_may_lie_over_it(string options)
    {
        string merged = Directory.CreateDirectory(_site.Scratch.In("merged")).FullName;
        string upper = Directory.CreateDirectory(_site.Scratch.In("layer")).FullName;
        _site.RunSilently("mount", "-t", "tmpfs", "none", upper);
        _site.RunSilently("sh", "-c", "mkdir \"$1/upper\" \"$1/work\"", "sh", upper);
        try
        {
            _site.RunSilently("mount", "-t", "overlay", "-o", $"lowerdir={_site.Directory},upperdir={upper}/upper,workdir={upper}/work{options}", "overlay", merged);
            _site.RunSilently("sh", "-ec", "cd \"$1\"; echo more >>file; mv dir/h1.h dir/moved.h; ln dir/h2.h dir/again.h; rm link; [ \"$(cat dir/moved.h)\" = 1 ]", "sh", merged);
            Assert.EndsWith("#define X 1\nmore\n", File.ReadAllText($"{merged}/file"), StringComparison.Ordinal);
            Assert.Equal(500, File.ReadAllLines(Path.Combine(_site.Directory, "file")).Length);
        }
        finally
        {
            _ = Native.umount2(merged, Native.MNT_DETACH);
            _ = Native.umount2(upper, Native.MNT_DETACH);
        }
    }

    private static bool IsDecided(string line, bool ours = false) => Array.Exists(
        s_decided, d => line.StartsWith(d.Call, StringComparison.Ordinal) && (!ours || line.EndsWith($": {d.Ours}", StringComparison.Ordinal)));

    private void Remount(string archive, string options = "")
    {
        _site.Unmount();
        _site.RunSilently(Subject.Path, "-o", $"release=ignore{options}", _site.Scratch.In(archive), _site.Directory);
        _site.AssertMounted();
    }

    private string Inodes() => _site.Run("find", _site.Directory, "-printf", "%P %i\n").Succeeded().Output;

    private string[] Answers(string root, string user)
    {
        string place = Directory.CreateDirectory(_site.Scratch.In($"of-{user}")).FullName;
        ProcessRun.Of(["chown", user, place]).Succeeded();
        return _site.Run("setpriv", "--reuid", user, "--regid", user, "--clear-groups", Program(), root, place).Succeeded()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private string Program()
    {
        string program = _site.Scratch.In("contract");
        if (!File.Exists(program))
        {
            ProcessRun.Of(["gcc", "-O1", "-Wall", "-o", program, Path.Combine(Subject.RepositoryRoot(), "tests/KHeadersFs.Mount.Tests/Vfs/contract.c")]).Succeeded();
        }

        return program;
    }
}
