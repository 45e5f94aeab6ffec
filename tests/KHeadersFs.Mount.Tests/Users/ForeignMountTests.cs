namespace KHeadersFs.Mount.Tests;

/// <summary>A mount that looks like ours and is another user's: whoever serves it may serve anything.</summary>
public sealed class ForeignMountTests : IDisposable
{
    private readonly UserSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("release=ignore", "release=ignore")]
    [InlineData("allow_other", "release=ignore")]
    [InlineData("allow_other", "force")]
    [InlineData("allow_other", "remount,noexec")]
    public void Root_does_not_take_it_for_its_own(string options, string roots)
    {
        _site.AllowOthers(true);
        _site.Mount("-o", options).Succeeded();
        ProcessRun run = Subject.Run(_site.Site.Scratch, ["-o", roots, _site.Site.Archive, _site.Directory]);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Is(run.Error, _site.Directory, roots.Contains("remount", StringComparison.Ordinal) ? "no kheadersfs mounted" : $"user {OrdinaryUser.Id} mounted umount");
        _site.AssertMounted();
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Fact]
    public void A_user_finds_what_root_has_mounted()
    {
        _site.Site.RunSilently(Subject.Path, _site.Site.Archive, _site.Directory);
        Message.Says(_site.Mount().Succeeded().Error, "mounted already");
        _site.AssertMounted();
        _site.Site.Unmount();
    }
}
