namespace KHeadersFs.Mount.Tests;

/// <summary>A store that is kept is used, shared, bounded, and not needed any more once it is open.</summary>
public sealed class KeptStoreTests : IDisposable
{
    private readonly CacheSite _cache = new();

    public void Dispose() => _cache.Dispose();

    // What another archive's store gives under this archive's name can only come from the file.
    [Fact]
    public void The_second_mount_serves_what_was_kept_and_decodes_nothing()
    {
        string other = FittingArchive.Of("0.0.0").File("include/linux/other.h", "int other;\n")
            .Save(_cache.Scratch, "--force");
        string own = Path.Combine(_cache.Scratch.Path, "own.tar.xz");
        File.Move(other, Path.Combine(_cache.Scratch.Path, "other.tar.xz"));
        FittingArchive.Of("0.0.1").Save(_cache.Scratch, "--force");
        File.Move(other, own);

        _cache.Fill(own);
        string entry = _cache.Entry;
        Assert.Equal("600", OptionCase.Mode(entry));
        Assert.Equal("700", OptionCase.Mode(_cache.Folder));
        _cache.Fill(Path.Combine(_cache.Scratch.Path, "other.tar.xz"));
        File.Move(_cache.Files.Single(f => !string.Equals(f, entry, StringComparison.Ordinal)), entry, overwrite: true);

        Assert.Empty(_cache.Mount(own));
        Assert.True(_cache.ServesEntry, "the server does not read the kept file");
        Deadline.Within(Deadline.Short, () => Assert.True(File.Exists(Path.Combine(_cache.Site.Directory, "include/linux/other.h"))));
        _cache.Site.Unmount();
    }

    [Fact]
    public void An_archive_that_comes_through_a_pipe_finds_what_was_kept()
    {
        _cache.Fill();
        ulong inode = CacheSite.Inode(_cache.Entry);
        _cache.Site.RunSilently(["sh", "-c", "a=$1; shift; cat \"$a\" | exec \"$@\"", "-", _cache.Site.Archive, .. _cache.Command("-")]);
        Assert.Equal(inode, CacheSite.Inode(_cache.Entry));
        Assert.True(_cache.ServesEntry, "the server does not read the kept file");
        _cache.AssertServedRight();
        _cache.Site.Unmount();
    }

    [Fact]
    public void Eight_mounts_at_once_all_come_up_and_leave_one_entry_and_no_temporary_file()
    {
        string[] places = [.. Enumerable.Range(0, 8).Select(i => Directory.CreateDirectory(_cache.Scratch.In($"mnt{i}")).FullName)];
        var runs = new ProcessRun?[places.Length];
        Thread[] threads = [.. places.Select((place, i) => new Thread(() =>
            runs[i] = _cache.Site.Run([.. _cache.Command(Archives.Real)[..^1], place])))];
        Array.ForEach(threads, static t => t.Start());
        Array.ForEach(threads, static t => t.Join());
        Assert.All(runs, static run => Assert.Equal("", run?.Succeeded().Error));
        Assert.All(places, place => _cache.Site.AssertMounted(place));
        Assert.Equal(places.Length, Subject.Servers().Count);
        string entry = _cache.Entry;
        foreach (string place in places)
        {
            _cache.Site.RunSilently("umount", place);
        }

        ulong inode = CacheSite.Inode(entry);
        _cache.Fill(Archives.Real);
        Assert.Equal(inode, CacheSite.Inode(_cache.Entry));
    }

    [Fact]
    public void The_entries_that_were_used_longest_ago_go_beyond_the_limit()
    {
        const string TwoFit = "cache_max=14"; // each has some 6.3 MiB
        _cache.Fill(Archives.Real, TwoFit);
        string first = _cache.Entry;
        _cache.Fill(Archives.Named("gzip.tar.gz"), TwoFit);
        _cache.Fill(Archives.Real, TwoFit);
        Assert.Equal(2, _cache.Files.Length);
        string second = _cache.Files.Single(f => !string.Equals(f, first, StringComparison.Ordinal));

        _cache.Fill(Archives.Named("umask-0077.tar.xz"), TwoFit);
        Assert.Equal(2, _cache.Files.Length);
        Assert.Contains(first, _cache.Files, StringComparer.Ordinal);
        Assert.DoesNotContain(second, _cache.Files, StringComparer.Ordinal);

        _cache.Fill(Archives.Named("gzip.tar.gz"), "cache_max=1");
        Assert.Equal(second, _cache.Entry);
    }

    [Fact]
    public void An_entry_that_is_removed_while_it_is_mounted_is_served_on()
    {
        _cache.Fill();
        Assert.Empty(_cache.Mount());
        Directory.Delete(_cache.Folder, recursive: true);
        _cache.AssertServedRight();
        _cache.Site.Unmount();
        _cache.Fill();
        Assert.NotEmpty(_cache.Entry);
    }
}
