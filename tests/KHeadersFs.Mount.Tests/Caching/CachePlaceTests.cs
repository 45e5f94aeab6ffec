namespace KHeadersFs.Mount.Tests;

/// <summary>-o cache= names something that is no directory: it is said what it is. What a crash has left goes when the cache is opened.</summary>
public sealed class CachePlaceTests : IDisposable
{
    private readonly CacheSite _cache = new();

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData("echo >\"$1\"", "it is a file; name a directory")]
    [InlineData("mkfifo \"$1\"", "it is a pipe; name a directory")]
    [InlineData("ln -s /dev/null \"$1\"", "it is a character device; name a directory")]
    [InlineData("ln -s /nowhere/at/all \"$1\"", "it is a symbolic link to /nowhere/at/all, where nothing is; make a directory there")]
    public void What_is_no_directory_is_called_what_it_is(string make, string said)
    {
        ProcessRun.Shell(make, _cache.Folder).Succeeded();
        Assert.Equal($"kheadersfs: warning: {_cache.Folder}: not used as a cache, {said}", Assert.Single(_cache.Mount()));
        _cache.AssertServedRight();
        _cache.Site.Unmount();
        File.Delete(_cache.Folder);
    }

    [Fact]
    public void What_a_killed_writer_left_goes_with_the_next_mount_that_finds_its_store()
    {
        _cache.Fill();
        string entry = _cache.Entry;
        File.WriteAllBytes(entry + ".new", new byte[100]);
        File.WriteAllBytes(Path.Combine(_cache.Folder, "other.khfs.new"), new byte[100]);
        _cache.Fill();
        Assert.Equal(entry, _cache.Entry);
    }
}
