namespace KHeadersFs.Mount.Tests;

/// <summary>
/// What each call on a mount answers, beside what the kernel's own squashfs answers for the same tree: contract.c makes the calls, as root and
/// as a user without rights. Where no squashfs can be mounted, squashfs.txt has its answers. What differs is decided (<see cref="DecidedDifference"/>).
/// </summary>
public sealed class VfsContractTests : IDisposable
{
    /// <summary>
    /// "record" writes what squashfs answers to squashfs.txt, "recorded" compares with that although squashfs could be mounted.
    /// </summary>
    private static readonly string? s_reference = Environment.GetEnvironmentVariable("KHEADERSFS_SQUASHFS");

    private static readonly string s_sources = Path.Combine(Subject.RepositoryRoot(), "tests/KHeadersFs.Mount.Tests/Vfs");
    private static readonly string s_recorded = Path.Combine(s_sources, "squashfs.txt");

    private readonly MountSite _site = new();
    private readonly string _squashfs;
    private readonly string? _obstacle;

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
            echo >dir/sub/a-name-for-which-32-bytes-are-too-few.h
            ln -s file link
            chmod 444 file dir/*.h
            chmod 755 . dir dir/sub
            find . -exec touch -h -d @1600000000 {} +
            tar --owner 0 --group 0 --sort=name -cf ../tree.tar .
            ! command -v mksquashfs >/dev/null || mksquashfs . ../tree.squashfs -all-root -quiet -no-progress
            """,
            tree).Succeeded();
        ProcessRun mounted = _site.Run("mount", "-o", "loop,ro,nosuid,nodev", _site.Scratch.In("tree.squashfs"), _squashfs);
        _obstacle = mounted.ExitCode != 0 ? mounted.Error.Trim() : s_reference is "recorded" ? "as told by KHEADERSFS_SQUASHFS" : null;
        _site.RunSilently(Subject.Path, "-o", "release=ignore", _site.Scratch.In("tree.tar"), _site.Directory);
        _site.AssertMounted();
    }

    public void Dispose()
    {
        _ = Native.umount2(_squashfs, Native.MNT_DETACH);
        _site.Dispose();
    }

    [Fact]
    public void Each_call_is_answered_as_squashfs_answers_it_but_for_what_is_decided()
    {
        Dictionary<string, string> ours = Answers(_site.Directory);
        Dictionary<string, string> theirs = _obstacle is null ? Answers(_squashfs) : Recorded();
        if (s_reference is "record")
        {
            File.WriteAllLines(s_recorded, theirs.Select(static answer => $"{answer.Key}: {answer.Value}"));
        }

        Figures.Note($"{ours.Count} answers compared with {(_obstacle is null ? "squashfs" : $"squashfs.txt, for there is no squashfs here: {_obstacle}")}");
        Assert.InRange(ours.Count, 2600, 10_000);
        Assert.Equal(Lines(theirs.Keys), Lines(ours.Keys));
        Assert.Equal(Lines(Recorded().Keys), Lines(ours.Keys)); // if not: run this with KHEADERSFS_SQUASHFS=record
        string[] different = [.. ours.Keys.Where(call => !string.Equals(theirs[call], ours[call], StringComparison.Ordinal))];
        Figures.Note($"{different.Length} of them differ");
        Assert.Equal("", Lines(different.Where(call => !Array.Exists(DecidedDifference.All, d => d.Covers(call, theirs[call], ours[call])))
            .Select(call => $"{call}: squashfs {theirs[call]}, here {ours[call]}")));
        Assert.Equal("", Lines(DecidedDifference.All.Where(d => !Array.Exists(different, call => d.Covers(call, theirs[call], ours[call])))
            .Select(static d => $"decided, and no call differs so: {d}")));
    }

    [Fact]
    public void Inode_numbers_are_the_same_after_a_remount()
    {
        string before = Inodes();
        Remount("tree.tar");
        Assert.Equal(before, Inodes());
    }

    [Fact]
    public void The_table_in_the_documents_is_that_of_the_tests()
    {
        IEnumerable<string> rows = File.ReadLines(Path.Combine(Subject.RepositoryRoot(), "src/docs/conformance.md"))
            .Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1); // the head
        Assert.Equal(Lines(DecidedDifference.All.Select(static d => $"| {d.Call} | {d.Theirs} | {d.Ours} | {d.Reason} |")), Lines(rows));
    }

    [Fact]
    public void A_handle_leads_to_its_file_when_the_kernel_has_forgotten_it_and_never_to_one_of_another_tree()
    {
        ProcessRun.Shell(
            """
            cd "$1" && sed -i s/3/4/ dir/h3.h && touch -d @1600000000 dir/h3.h dir && tar --sort=name -cf ../contents.tar .
            touch -d @1500000000 dir/h3.h && tar --sort=name -cf ../other.tar .
            """,
            _site.Scratch.In("tree")).Succeeded();
        foreach (string path in (string[])["dir/h3.h", "dir/sub"])
        {
            _site.RunSilently(Program(), "save", Path.Combine(_site.Directory, path), HandleOf(path));
        }

        AssertFound();
        File.WriteAllText("/proc/sys/vm/drop_caches", "2\n");
        AssertFound();
        Remount("tree.tar");
        AssertFound();
        Remount("contents.tar"); // differs in one byte of one file
        AssertStale();
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
            string shown = _site.Run("findmnt", "-rno", "FS-OPTIONS", merged).Succeeded().Output.Trim();
            Assert.True(
                options.Split(',').All(option => shown.Split(',').Contains(option, StringComparer.Ordinal) || option.Length == 0), shown);
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

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);

    private static Dictionary<string, string> Recorded() => Parse(File.ReadAllLines(s_recorded));

    private static Dictionary<string, string> Parse(IEnumerable<string> lines) => lines.Select(static line => line.Split(": "))
        .ToDictionary(static parts => parts[0], static parts => parts[1], StringComparer.Ordinal);

    private void Remount(string archive, string options = "")
    {
        _site.Unmount();
        _site.RunSilently(Subject.Path, "-o", $"release=ignore{options}", _site.Scratch.In(archive), _site.Directory);
        _site.AssertMounted();
    }

    private string Inodes() => _site.Run("find", _site.Directory, "-printf", "%P %i\n").Succeeded().Output;

    /// <summary>All calls as both users: "CALL OBJECT USER" and the answer.</summary>
    private Dictionary<string, string> Answers(string root) => Parse(new[] { "0", OrdinaryUser.Id }.SelectMany(user =>
    {
        string place = Directory.CreateDirectory(_site.Scratch.In($"of-{user}")).FullName;
        ProcessRun.Of(["chown", user, place]).Succeeded();
        return _site.Run("setpriv", "--reuid", user, "--regid", user, "--clear-groups", Program(), root, place).Succeeded()
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Replace(": ", $" {(user is "0" ? "root" : "nobody")}: ", StringComparison.Ordinal));
    }));

    private static string Program() => HelperProgram.Of("Vfs/contract.c");
}
