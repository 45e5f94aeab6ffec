using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Whoever can write a store decides what compilers read: what others can touch is not used.</summary>
public sealed class DistrustedCacheTests : IDisposable
{
    private const uint Somebody = 65534;

    private readonly CacheSite _cache = new();

    public void Dispose() => _cache.Dispose();

    [Theory]
    [InlineData("0777")]
    [InlineData("0770")]
    [InlineData("0702")]
    [InlineData("1777")]
    public void A_directory_that_others_can_write_to_is_neither_read_nor_written(string mode)
    {
        _cache.Fill();
        string entry = _cache.Entry;
        ulong inode = CacheSite.Inode(entry);
        Assert.Equal(0, Syscall.chmod(_cache.Folder, NativeConvert.FromOctalPermissionString(mode)));
        _cache.MountsWithOneLine(_cache.Folder, fromEntry: false);
        Assert.Equal(inode, CacheSite.Inode(_cache.Entry));
    }

    [Fact]
    public void A_directory_of_another_user_is_neither_read_nor_written()
    {
        Directory.CreateDirectory(_cache.Folder);
        CacheSite.Chown(_cache.Folder, Somebody);
        _cache.MountsWithOneLine(_cache.Folder, fromEntry: false);
        Assert.Empty(_cache.Files);
    }

    // Of what is behind the link, owner and mode count.
    [Fact]
    public void A_link_to_a_directory_is_as_good_as_the_directory()
    {
        string real = Directory.CreateDirectory(_cache.Scratch.In("real")).FullName;
        File.CreateSymbolicLink(_cache.Folder, real);
        _cache.Fill();
        _cache.Fill();
        Assert.Single(Directory.GetFiles(real));
        CacheSite.Chown(real, Somebody);
        _cache.MountsWithOneLine(_cache.Folder, fromEntry: false);
    }

    [Fact]
    public void A_link_to_nowhere_or_a_file_in_the_place_of_the_directory_costs_one_line()
    {
        File.CreateSymbolicLink(_cache.Folder, "/proc/no/such/place");
        _cache.MountsWithOneLine(_cache.Folder, fromEntry: false);
        File.Delete(_cache.Folder);
        File.WriteAllText(_cache.Folder, "");
        _cache.MountsWithOneLine(_cache.Folder, fromEntry: false);
        File.Delete(_cache.Folder);
    }

    [Theory]
    [InlineData("another user's")]
    [InlineData("0660")]
    [InlineData("0606")]
    [InlineData("a link")]
    [InlineData("a pipe")]
    public void An_entry_that_others_may_have_made_is_told_of_and_made_again(string what)
    {
        _cache.Fill();
        string entry = _cache.Entry;
        byte[] whole = File.ReadAllBytes(entry);
        switch (what)
        {
            case "another user's":
                CacheSite.Chown(entry, Somebody);
                break;
            case "a link":
                File.Move(entry, _cache.Scratch.In("elsewhere"));
                File.CreateSymbolicLink(entry, _cache.Scratch.In("elsewhere"));
                break;
            case "a pipe":
                File.Delete(entry);
                ProcessRun.Of(["mkfifo", "-m", "600", entry]).Succeeded();
                break;
            default:
                Assert.Equal(0, Syscall.chmod(entry, NativeConvert.FromOctalPermissionString(what)));
                break;
        }

        _cache.MountsWithOneLine(entry, fromEntry: true);
        Assert.Equal(whole, File.ReadAllBytes(_cache.Entry));
        Assert.Equal("600", OptionCase.Mode(entry));
        Assert.Equal(Syscall.geteuid(), OptionCase.Status(entry).st_uid);
        Assert.Equal(FilePermissions.S_IFREG, OptionCase.Status(entry).st_mode & FilePermissions.S_IFMT);
        _cache.Fill();
    }
}
