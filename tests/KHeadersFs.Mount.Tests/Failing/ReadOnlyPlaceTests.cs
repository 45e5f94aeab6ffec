namespace KHeadersFs.Mount.Tests;

/// <summary>Where no directory can be made, one line says which, why, and what works instead: what doctor says of the same state.</summary>
public sealed class ReadOnlyPlaceTests : IDisposable
{
    private const string Instead =
        "; mount on /run/kheaders instead (kheadersfs ARCHIVE /run/kheaders -o mkdir) and set BCC_KERNEL_SOURCE and BPFTRACE_KERNEL_SOURCE to it";

    private const string AsUser =
        "; run as root, or mount on a directory of your own (kheadersfs ARCHIVE ~/headers -o mkdir) and set BCC_KERNEL_SOURCE and BPFTRACE_KERNEL_SOURCE to it";

    private readonly MountSite _site = new();
    private readonly string _closed;

    public ReadOnlyPlaceTests() => _closed = Directory.CreateDirectory(_site.Scratch.In("closed")).FullName;

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("mkdir", "cannot be made")]
    [InlineData("ro", "is not there and cannot be made")]
    public void A_read_only_place_names_the_one_to_mount_on(string option, string what)
    {
        using Cover cover = ReadOnly();
        Refused(option, $"{_closed}/build", $"{what} ({_closed} is read-only){Instead}");
        Refused(option, $"{_closed}/modules/build", option is "mkdir" ? $"{what} ({_closed} is read-only){Instead}" : what);
    }

    [Theory]
    [InlineData("mkdir", "is a symbolic link to PLACE/gone, which cannot be made")]
    [InlineData("ro", "is a symbolic link to PLACE/gone, which is not there and cannot be made")]
    public void A_link_into_a_read_only_place_names_what_could_not_be_made(string option, string what)
    {
        using Cover cover = ReadOnly();
        File.CreateSymbolicLink(_site.Scratch.In("build"), $"{_closed}/gone");
        Refused(option, _site.Scratch.In("build"), $"{what.Replace("PLACE", _closed, StringComparison.Ordinal)} ({_closed} is read-only){Instead}");
    }

    [Theory]
    [InlineData("mkdir", "cannot be made")]
    [InlineData("ro", "is not there and cannot be made")]
    public void A_user_without_the_right_is_told_what_to_do(string option, string what)
    {
        var user = new OrdinaryUser(_site.Scratch);
        ProcessRun run = _site.Run([.. OrdinaryUser.Prefix, user.Program, "-o", option, _site.Archive, $"{_closed}/build"]);
        Check(run, $"{_closed}/build", $"{what} (there is no right to write to {_closed}){AsUser}");
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
        Assert.DoesNotContain("create the directory first", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_of_links_is_not_called_missing()
    {
        File.CreateSymbolicLink(_site.Scratch.In("loop"), "loop");
        Refused("ro", _site.Scratch.In("loop"), "leads to no directory (Too many levels of symbolic links); give one to mount on");
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
        Assert.Contains(words.Replace("ARCHIVE", _site.Archive, StringComparison.Ordinal), run.Error, StringComparison.Ordinal);
    }
}
