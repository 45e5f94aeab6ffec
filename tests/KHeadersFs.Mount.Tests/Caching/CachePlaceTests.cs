namespace KHeadersFs.Mount.Tests;

/// <summary>-o cache= names something that is no directory: it is said what it is. What a crash has left goes when the cache is opened.</summary>
public sealed class CachePlaceTests : IDisposable
{
    private readonly CacheSite _cache = new();

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData("echo >\"$1\"", "file")]
    [InlineData("mkfifo \"$1\"", "pipe")]
    [InlineData("ln -s /dev/null \"$1\"", "character device")]
    [InlineData("ln -s /nowhere/at/all \"$1\"", "symbolic link /nowhere/at/all")]
    public void What_is_no_directory_is_called_what_it_is(string make, string words)
    {
        ProcessRun.Shell(make, _cache.Folder).Succeeded();
        Message.IsWarning(Assert.Single(_cache.Mount()) + "\n", _cache.Folder, $"not cache directory {words}");
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
