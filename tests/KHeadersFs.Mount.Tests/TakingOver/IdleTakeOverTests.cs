namespace KHeadersFs.Mount.Tests;

/// <summary>How long the kernel remembers names depends on -o idle, and no later server can change what it remembers already.</summary>
public sealed class IdleTakeOverTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("idle=1000", "idle=3")]
    [InlineData("ro", "idle=1000")]
    public void With_the_same_interval_it_takes_over_and_with_another_it_mounts_anew(string before, string after)
    {
        using var manager = new StandInManager(_site, _site.Directory, "-o", before);
        manager.Tell("start");
        _site.AssertMounted();
        manager.Tell("kill 1");
        manager.AssertSaid(1, LogLine.TookOver);
        manager.ChangeOptions("-o", after);
        manager.Tell("end SIGKILL");
        manager.Tell("start");
        _site.AssertMounted();
        manager.AssertSaid(1, "other options");
        manager.AssertSaid(2, LogLine.Serving);
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGTERM")));
        _ = manager.Tell("drop");
        _site.AssertGone();
    }
}
