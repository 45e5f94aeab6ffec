namespace KHeadersFs.Mount.Tests;

/// <summary>The archive has changed since it was mounted: a second mount must not pass off the old tree as the new one.</summary>
public sealed class OutdatedMountTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_said_and_force_replaces_it(bool made)
    {
        string directory = made ? _site.Scratch.In("made") : _site.Directory;
        _site.RunSilently(Subject.Path, "-o", "mkdir", _site.Archive, directory);
        FittingArchive.Of(FittingArchive.RunningRelease).File("include/linux/new.h", "#define NEW\n").Save(_site.Scratch, "--force");

        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, directory]);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Says(run.Error, "mounted changed older");
        Assert.False(File.Exists(Path.Combine(directory, "include/linux/new.h")));

        string said = Subject.Run(_site.Scratch, ["-o", "force", _site.Archive, directory]).Succeeded().Error;
        Message.Says(said, "replaced -o force");
        _site.AssertMounted(directory);
        Assert.True(File.Exists(Path.Combine(directory, "include/linux/new.h")));
        Message.Says(Subject.Run(_site.Scratch, ["-o", "force", _site.Archive, directory]).Succeeded().Error, "mounted already");
        Deadline.Until(static () => Subject.Servers().Count == 1 && Subject.Keepers().Count == 1, "the end of the server that was replaced");
        _site.Unmount(directory);
        Assert.Equal(!made, Directory.Exists(directory));
    }
}
