namespace KHeadersFs.Mount.Tests;

/// <summary>Resource limits that are too low: one line that names what there is too little of, status 2, and nothing left.</summary>
public sealed class LimitTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public LimitTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("-n 4", "open files")]
    [InlineData("-n 5", "open files")]
    [InlineData("-n 6", "open files")]
    [InlineData("-n 20", "open files")]
    [InlineData("-d 16384", "memory")]
    [InlineData("-d 24576", "memory")]
    [InlineData("-f 0", "ulimit -f")]
    [InlineData("-f 1000", "ulimit -f")]
    [InlineData("-f 1000", "ulimit -f", "-f")]
    public void A_limit_that_is_too_low_is_named(string limit, string named, params string[] flags)
    {
        // With directories to make, which must be gone again.
        string directory = Path.Combine(_scratch.Work, "a", "b");
        ProcessRun run = ProcessRun.Of(
            ["sh", "-c", $"ulimit {limit}; exec \"$@\"", "sh", Subject.Path, .. flags, "-o", "release=ignore,mkdir", Archives.Real, directory],
            _scratch.Work, _scratch.Environment, limit: Deadline.Short);
        string[] problems = FailedMount.Problems(FailedMount.SystemError, named, _scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Fact]
    public void A_store_that_may_not_be_written_to_the_cache_leaves_nothing_there()
    {
        string cache = _scratch.In("cache");
        ProcessRun run = ProcessRun.Of(
            ["sh", "-c", "ulimit -f 1000; exec \"$@\"", "sh", Subject.Path, "-o", $"release=ignore,cache={cache}", Archives.Real, _scratch.MountPoint],
            _scratch.Work, _scratch.Environment, limit: Deadline.Short);
        string[] problems = FailedMount.Problems(FailedMount.SystemError, "ulimit -f", _scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
        Assert.False(Directory.Exists(cache) && Directory.GetFileSystemEntries(cache).Length > 0, "something is left in the cache");
    }
}
