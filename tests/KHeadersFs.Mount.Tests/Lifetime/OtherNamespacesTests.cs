using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Mounts that live in other mount namespaces, as those of containers: nobody waits for them, and each record is looked at once.</summary>
public sealed class OtherNamespacesTests : IDisposable
{
    private const int Others = 3;
    private const string Folder = "/run/kheadersfs/mounts";

    private static readonly string[] s_unshare = ["unshare", "--mount", "--propagation", "private"];

    private readonly MountSite _site = new();
    private readonly List<NamespaceHolder> _holders = [];

    public void Dispose()
    {
        _holders.ForEach(static holder => holder.Dispose());
        _site.Dispose();
    }

    [Fact]
    public void A_mount_and_an_unmount_try_each_lock_of_theirs_once()
    {
        MountElsewhere();
        string[] others = Directory.GetFiles(Folder);
        foreach (string[] arguments in (string[][])[[_site.Archive, _site.Directory], ["-u", _site.Directory]])
        {
            string[] tried = LocksTried(arguments);
            Assert.All(others, record => Assert.Single(tried, line => line.Contains($"<{record}>", StringComparison.Ordinal)));
        }

        // A server takes its own record away when it ends, a moment after it is unmounted.
        Deadline.Until(() => Directory.GetFiles(Folder).Length == others.Length, "the end of the record of what was unmounted");
        Assert.Equal(others.Order(StringComparer.Ordinal), Directory.GetFiles(Folder).Order(StringComparer.Ordinal));
    }

    /// <summary>Also right after the kill, when the dead server may still have its lock.</summary>
    [Fact]
    public void What_was_made_for_a_killed_mount_is_gone_when_the_unmount_has_ended()
    {
        MountElsewhere();
        string directory = _site.Scratch.In("made/build");
        for (int i = 0; i < 5; i++)
        {
            int[] others = [.. Subject.Servers()];
            _site.RunSilently(Subject.Path, "-o", "mkdir", _site.Archive, directory);
            Assert.Equal(0, Syscall.kill(Subject.Servers().Except(others).Single(), Signum.SIGKILL));
            _site.RunSilently(Subject.Path, "-u", directory);
            Assert.False(Directory.Exists(_site.Scratch.In("made")));
            Assert.Equal(Others, Directory.GetFiles(Folder).Length);
        }
    }

    private void MountElsewhere()
    {
        for (int i = 0; i < Others; i++)
        {
            _holders.Add(NamespaceHolder.Run("\"$1\" \"$2\" \"$3\"", s_unshare, [Subject.Path, _site.Archive, _site.Directory]));
        }

        Assert.Equal(Others, Subject.Servers().Count);
        Assert.Equal(Others, Directory.GetFiles(Folder).Length);
        Assert.Null(MountTable.At(_site.Directory)); // it is not ours
    }

    /// <summary>Calls of flock(2), with the paths of the files, by the thread that mounts or unmounts.</summary>
    private string[] LocksTried(string[] arguments)
    {
        string trace = _site.Scratch.In("trace");
        _site.RunSilently(["strace", "-qq", "-y", "-o", trace, "-e", "trace=flock", Subject.Path, .. arguments]);
        return File.ReadAllLines(trace);
    }
}
