namespace KHeadersFs.Mount.Tests;

/// <summary>A command that is given no directory looks at the usual one, and names that when a server there hangs.</summary>
public sealed class UsualPlaceTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly Cover _modules = Cover.Empty("/lib/modules");

    public void Dispose()
    {
        _modules.Dispose();
        _site.Dispose();
    }

    [Fact]
    public void Flags_of_a_tree_that_hangs_are_refused_by_its_name()
    {
        string place = $"/lib/modules/{FittingArchive.RunningRelease}/build";
        Directory.CreateDirectory(place);
        using var hanging = new SilentServer(_site, Mono.Unix.UnixPath.GetCompleteRealPath(place));
        ProcessRun run = _site.Run(Subject.Path, "cflags");
        Assert.Equal(16, run.ExitCode);
        Message.Is(run.Error, place, $"not answer 5 s server umount -l {place}");
    }
}
