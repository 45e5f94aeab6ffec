namespace KHeadersFs.Mount.Tests;

/// <summary>What a user may not see is not said to be absent.</summary>
public sealed class UnseenTests : IDisposable
{
    private readonly UserSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("status", 16)]
    [InlineData("-u", FailedMount.MountFailure)]
    public void Behind_a_closed_directory_nobody_says_that_nothing_is_mounted(string word, int code)
    {
        string closed = Directory.CreateDirectory(_site.Site.Scratch.In("closed")).FullName;
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink($"{closed}/link", _site.Directory);
        _site.Mount().Succeeded();
        ProcessRun run = _site.As(_site.Program, word, $"{closed}/link");
        Assert.Equal(code, run.ExitCode);
        Message.Is(run.Error, $"{closed}/link", "read user (Permission denied)");
        _site.AssertMounted();
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Fact]
    public void A_fuse_conf_that_cannot_be_read_is_not_said_to_lack_the_line()
    {
        _site.AllowOthers(true);
        File.SetUnixFileMode("/etc/fuse.conf", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProcessRun run = _site.Mount("-o", "allow_other");
        Assert.Equal(FailedMount.SystemError, run.ExitCode);
        Message.Is(run.Error, "-o allow_other", "/etc/fuse.conf read (Permission denied) fusermount3 administrator without allow_other");
        _site.AssertGone();

        // The advice helps.
        File.SetUnixFileMode("/etc/fuse.conf", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        _site.Mount("-o", "allow_other").Succeeded();
        _site.AssertMounted();
        Assert.Equal("include\n", _site.AsStranger("ls", _site.Directory).Succeeded().Output);
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }
}
