using System.Diagnostics;

namespace KHeadersFs.Mount.Tests;

/// <summary>Root mounts with -o mkdir below a directory of a user's, who then puts something else in the place of what was made.</summary>
public sealed class ReplacedDirectoryTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly string _home;
    private readonly string _victim;

    public ReplacedDirectoryTests()
    {
        _ = new OrdinaryUser(_site.Scratch);
        _home = _site.Scratch.Work;
        _victim = _site.Scratch.In("victim");
        Directory.CreateDirectory(Path.Combine(_victim, "b"));
    }

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Root_removes_nothing_that_the_user_leads_it_to(bool signal)
    {
        _site.RunSilently(Subject.Path, "-o", "mkdir", _site.Archive, Path.Combine(_home, "a/b"));
        int server = _site.Server();
        Replace();
        string[] end = signal ? ["kill", $"{server}"] : ["umount", Path.Combine(_home, "mine/b")];
        _site.RunSilently(end);
        AssertEnded();
    }

    [Fact]
    public void Root_does_not_mount_where_the_user_leads_it_to()
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real));
        using Process process = ProcessRun.Start(
            [Subject.Path, "-o", "mkdir", archive.Path, Path.Combine(_home, "a/b")], _site.Scratch.Work, _site.Scratch.Environment);
        archive.WaitUntilRead();
        Replace();
        archive.Dispose();
        Assert.True(process.WaitForExit(Deadline.Short));
        Assert.Equal(FailedMount.MountFailure, process.ExitCode);
        Message.Says(process.StandardError.ReadToEnd(), "changed others");
        Assert.Null(MountTable.At(Path.Combine(_victim, "b")));
        AssertEnded();
    }

    private void Replace() => _site.RunSilently(
        [.. OrdinaryUser.Prefix, "sh", "-c", "mv \"$1/a\" \"$1/mine\" && ln -s \"$2\" \"$1/a\"", "sh", _home, _victim]);

    private void AssertEnded()
    {
        Deadline.Until(static () => Subject.Processes().Count == 0, "no process left");
        Assert.True(Directory.Exists(Path.Combine(_victim, "b")), "root has removed what it did not make");
        Assert.DoesNotContain(MountTable.Read(), static mount => mount.Type is "fuse.kheadersfs");
    }
}
