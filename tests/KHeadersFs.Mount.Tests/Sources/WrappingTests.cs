namespace KHeadersFs.Mount.Tests;

/// <summary>An archive that somebody has wrapped otherwise than the kernel does: from a file, from a pipe, and into the cache.</summary>
public sealed class WrappingTests : IDisposable
{
    private readonly CacheSite _cache = new();

    /// <summary>Programs that wrap their standard input; what is wrapped by the last two has to be unwrapped again on the way.</summary>
    public static TheoryData<string, string> Wrappings { get; } = new()
    {
        { "cat", "cat" }, { "gzip", "cat" }, { "zstd -q", "cat" }, { "bzip2", "bzcat" }, { "lz4 -q", "lz4cat" },
    };

    private MountSite Site => _cache.Site;

    public void Dispose() => _cache.Dispose();

    [Theory]
    [MemberData(nameof(Wrappings))]
    public void A_pipe_gives_it(string wrapper, string reader)
    {
        Site.RunSilently("sh", "-c", $"{reader} \"$1\" | \"$2\" - \"$3\"", "-", Wrapped(wrapper), Subject.Path, Site.Directory);
        Site.AssertMounted();
        _cache.AssertServedRight();
        Site.Unmount();
    }

    [Theory]
    [InlineData("bzip2", "bzcat FILE | kheadersfs - DIR")]
    [InlineData("lz4 -q", "lz4cat FILE | kheadersfs - DIR")]
    public void What_is_not_read_is_refused_with_the_way_to_read_it(string wrapper, string advice) =>
        FailedMount.Expect(FailedMount.MountFailure, advice, Site.Scratch, Wrapped(wrapper), Site.Directory);

    [Theory]
    [InlineData("cat")]
    [InlineData("gzip")]
    [InlineData("zstd -q")]
    public void Its_store_is_kept_and_found_again(string wrapper)
    {
        string archive = Wrapped(wrapper);
        _cache.Fill(archive);
        ulong inode = CacheSite.Inode(_cache.Entry);
        Assert.Empty(_cache.Mount(archive));
        Assert.True(_cache.ServesEntry, "the server does not read the kept file");
        Site.Unmount();

        // Through a pipe the hash is known at the end only.
        Site.RunSilently(["sh", "-c", "a=$1; shift; cat \"$a\" | exec \"$@\"", "-", archive, .. _cache.Command("-")]);
        Assert.Equal(inode, CacheSite.Inode(_cache.Entry));
        Assert.True(_cache.ServesEntry, "the server does not read the kept file");
        _cache.AssertServedRight();
        Site.Unmount();
    }

    [Theory]
    [InlineData("gzip", "ends gzip member")]
    [InlineData("zstd -q", "ends zstd frame")]
    [InlineData("cat", "ends tar")]
    public void One_that_is_cut_off_is_refused(string wrapper, string words)
    {
        byte[] whole = File.ReadAllBytes(Wrapped(wrapper));
        string cut = Site.Scratch.Write("cut", whole.AsSpan(0, Math.Min(whole.Length / 2, 515)));
        FailedMount.Expect(FailedMount.MountFailure, words, Site.Scratch, "-o", $"cache={_cache.Folder}", cut, Site.Directory);
        Assert.Empty(_cache.Files);
    }

    [Fact]
    public void A_boot_image_is_refused_by_its_name()
    {
        string image = Site.Scratch.Write("vmlinuz", [.. new byte[0x202], .. "HdrS"u8, .. new byte[1000]]);
        FailedMount.Expect(FailedMount.MountFailure, "boot image", Site.Scratch, image, Site.Directory);
    }

    private string Wrapped(string wrapper)
    {
        ProcessRun.Shell($"xz -dc \"$1\" | {wrapper} >\"$2\"", Site.Archive, Site.Scratch.In("wrapped")).Succeeded();
        return Site.Scratch.In("wrapped");
    }
}
