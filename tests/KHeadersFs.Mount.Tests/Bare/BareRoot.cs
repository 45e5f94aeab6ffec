using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// A root directory that holds the program, /proc, /sys, /dev/null, /dev/fuse, an archive and a directory to mount on, and nothing else:
/// no library, no shell, no log. It is gone with the test.
/// </summary>
internal sealed class BareRoot : IDisposable
{
    /// <summary>As seen in there.</summary>
    internal const string Archive = "/archive";

    /// <summary>As seen in there.</summary>
    internal const string MountPoint = "/mnt";

    private const string Make = """
        set -e
        mkdir "$1"
        mount -t tmpfs -o mode=755 none "$1"
        cd "$1"
        mkdir proc sys dev mnt
        mount --rbind /proc proc
        mount --rbind /sys sys
        mknod -m 666 dev/null c 1 3
        mknod -m 666 dev/fuse c 10 229
        touch kheadersfs archive
        mount --bind "$2" kheadersfs
        mount --bind "$3" archive
        """;

    private readonly Scratch _scratch = new();

    internal BareRoot(string? archive = null)
    {
        Subject.RequireMounts();
        Path = _scratch.In("root");
        ProcessRun made = ProcessRun.Shell(Make, Path, Subject.Path, archive ?? FittingArchive.Save(_scratch));
        TestRun.SkipUnless(made.ExitCode == 0, $"no root directory can be made: {made.Error.Trim()}");
    }

    /// <summary>As seen from outside.</summary>
    internal string Path { get; }

    internal string Root => In(MountPoint);

    private string Program => In("/kheadersfs");

    internal string In(string path) => Path + path;

    /// <summary>Runs a command in there that is there.</summary>
    internal ProcessRun Run(params string[] command) =>
        ProcessRun.Of(["chroot", Path, .. command], _scratch.Work, limit: Deadline.Long);

    /// <summary>Runs the program in there.</summary>
    internal ProcessRun Kheadersfs(params string[] arguments) => Run(["/kheadersfs", .. arguments]);

    /// <summary>Takes something out; what is mounted there first of all.</summary>
    internal void Remove(string path) => ProcessRun.Shell("umount -l \"$1\" 2>/dev/null; rm -rf --one-file-system \"$1\"", In(path)).Succeeded();

    /// <summary>The one server that there is.</summary>
    internal int Server() => Assert.Single(ProcFs.Running(Program), static id => ProcFs.Name(id) is "kheadersfs");

    internal void AssertMounted()
    {
        Assert.Equal("fuse.kheadersfs", MountTable.At(Root)?.Type);
        TestRun.Mounted();
    }

    /// <summary>A second later nothing may be left of the mount.</summary>
    internal void AssertGone()
    {
        Deadline.Until(() => ProcFs.Running(Program).Count == 0, "no process soon after the end", Deadline.Soon);
        Assert.Null(MountTable.At(Root));
    }

    public void Dispose()
    {
        foreach (int id in ProcFs.Running(Program))
        {
            _ = Syscall.kill(id, Signum.SIGKILL);
        }

        _scratch.Dispose();
    }
}
