namespace KHeadersFs.Mount.Tests;

/// <summary>Where no directory can be made, one line says which, why, and what works instead: what doctor says of the same state.</summary>
public sealed class ReadOnlyPlaceTests : IDisposable
{
    private const string Instead =
        "/run/kheaders instead (kheadersfs ARCHIVE /run/kheaders -o mkdir) BCC_KERNEL_SOURCE BPFTRACE_KERNEL_SOURCE";

    private const string AsUser =
        "root (kheadersfs ARCHIVE ~/headers -o mkdir) BCC_KERNEL_SOURCE BPFTRACE_KERNEL_SOURCE";

    private readonly MountSite _site = new();
    private readonly string _closed;

    public ReadOnlyPlaceTests() => _closed = Directory.CreateDirectory(_site.Scratch.In("closed")).FullName;

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("mkdir", "made")]
    [InlineData("ro", "not there made")]
    public void A_read_only_place_names_the_one_to_mount_on(string option, string what)
    {
        using Cover cover = ReadOnly();
        Refused(option, $"{_closed}/build", $"{what} {_closed} read-only {Instead}");
        Refused(option, $"{_closed}/modules/build", option is "mkdir" ? $"{what} {_closed} read-only {Instead}" : what);
    }

    [Theory]
    [InlineData("mkdir", "symbolic link PLACE/gone made")]
    [InlineData("ro", "symbolic link PLACE/gone not there made")]
    public void A_link_into_a_read_only_place_names_what_could_not_be_made(string option, string what)
    {
        using Cover cover = ReadOnly();
        File.CreateSymbolicLink(_site.Scratch.In("build"), $"{_closed}/gone");
        Refused(option, _site.Scratch.In("build"), $"{what.Replace("PLACE", _closed, StringComparison.Ordinal)} read-only {Instead}");
    }

    [Theory]
    [InlineData("mkdir", "made")]
    [InlineData("ro", "not there made")]
    public void A_user_without_the_right_is_told_what_to_do(string option, string what)
    {
        var user = new OrdinaryUser(_site.Scratch);
        ProcessRun run = _site.Run([.. OrdinaryUser.Prefix, user.Program, "-o", option, _site.Archive, $"{_closed}/build"]);
        Check(run, $"{_closed}/build", $"{what} right write {_closed} {AsUser}");
    }

    [Theory]
    [InlineData("mkdir")]
    [InlineData("ro")]
    public void A_place_that_may_not_be_looked_at_is_not_called_missing(string option)
    {
        var user = new OrdinaryUser(_site.Scratch);
        Directory.CreateDirectory($"{_closed}/private/build");
        File.SetUnixFileMode($"{_closed}/private", UnixFileMode.UserRead);
        ProcessRun run = _site.Run([.. OrdinaryUser.Prefix, user.Program, "-o", option, _site.Archive, $"{_closed}/private/build"]);
        Check(run, $"{_closed}/private/build", AsUser);
        Assert.False(Message.Has(run.Error, "create directory"), run.Error);
    }

    [Fact]
    public void A_loop_of_links_is_not_called_missing()
    {
        File.CreateSymbolicLink(_site.Scratch.In("loop"), "loop");
        Refused("ro", _site.Scratch.In("loop"), "no directory (Too many levels of symbolic links)");
    }

    private Cover ReadOnly()
    {
        Cover cover = Cover.Empty(_closed);
        _site.RunSilently("mount", "-o", "remount,ro", _closed);
        return cover;
    }

    private void Refused(string option, string directory, string words) =>
        Check(Subject.Run(_site.Scratch, ["-o", option, _site.Archive, directory]), directory, words);

    private void Check(ProcessRun run, string directory, string words)
    {
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, directory, _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
        Message.Says(run.Error, words.Replace("ARCHIVE", _site.Archive, StringComparison.Ordinal));
    }
}
