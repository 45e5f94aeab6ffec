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
        Assert.Matches($@"\Akheadersfs: {closed}/link: may not be read by this user \(Permission denied\); [^\n]+ as a user who may\n\z", run.Error);
        _site.AssertMounted();
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Fact]
    public void Where_fuse_conf_cannot_be_read_fusermount_decides()
    {
        _site.AllowOthers(true);
        File.SetUnixFileMode("/etc/fuse.conf", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProcessRun run = _site.Mount("-o", "allow_other");
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Assert.Contains("/etc/fuse.conf: Permission denied", run.Error, StringComparison.Ordinal); // fusermount3 reads it as the user
        _site.AssertGone();
    }
}
