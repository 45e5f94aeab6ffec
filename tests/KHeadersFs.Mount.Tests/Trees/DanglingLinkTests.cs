namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Links that lead nowhere instead of headers, as Android's Bazel builds have packed them: served as they are, and the mount says
/// so in one line, whether the store is a new or a kept one.
/// </summary>
public sealed class DanglingLinkTests : IDisposable
{
    private readonly CacheSite _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void Android_s_links_are_served_and_said_in_one_line_by_a_kept_store_too()
    {
        string archive = Archives.Named("dangling.tar.xz");
        ulong? kept = null;
        for (int mount = 0; mount < 2; mount++)
        {
            Message.IsWarning(Assert.Single(_cache.Mount(archive)) + "\n", archive, "2 links include/linux/fs.h -> ../../../../../../sandbox/fs.h headers Bazel");
            Assert.True(_cache.ServesEntry, "the server does not read the kept file");
            Assert.Equal(kept ??= CacheSite.Inode(_cache.Entry), CacheSite.Inode(_cache.Entry));
            Assert.Equal("../../../../../../sandbox/fs.h\n", Run("readlink", "include/linux/fs.h"));
            Assert.Equal("/sandbox/execroot/common/include/linux/sched.h\n", Run("readlink", "include/linux/sched.h"));
            _cache.Site.Unmount();
        }
    }

    [Theory]
    [InlineData("ro")]
    [InlineData("subdir=include")]
    public void The_links_of_an_ordinary_archive_lead_somewhere(string options)
    {
        Assert.Empty(_cache.Mount(Archives.Real, options));
        Assert.NotEmpty(Run("find", ".", "-type", "l"));
        Assert.Empty(Run("find", ".", "-xtype", "l"));
        _cache.Site.Unmount();
    }

    [Fact]
    public void A_link_that_only_leads_out_of_the_subdirectory_is_the_option_s_doing()
    {
        Message.IsWarning(
            Assert.Single(_cache.Mount(Archives.Real, "subdir=include/dt-bindings")) + "\n",
            Archives.Real,
            "a link include/dt-bindings/input/linux-event-codes.h -> ../../uapi/linux/input-event-codes.h without -o subdir");
        Assert.Equal("./input/linux-event-codes.h\n", Run("find", ".", "-xtype", "l"));
        _cache.Site.Unmount();
    }

    [Fact]
    public void The_kernel_finds_the_same_links_broken()
    {
        HandMadeArchive made = new HandMadeArchive()
            .File("dir/a.h", "a").Link("dir/b.h", "a.h").Link("to-dir", "dir/").Link("c.h", "to-dir/../dir/./b.h").Link("up", "dir/..")
            .Link("no.h", "dir/no.h").Link("circle.h", "circle.h").Link("file.h", "dir/a.h/").Link("below.h", "dir/a.h/..")
            .Link("passing.h", "no/../dir/a.h").Link("out.h", "../nothing-is-here.h").Link("absolute.h", "/nothing-is-here.h")
            .Link("files/0", "../dir/a.h").Link("dirs/0", "../dir")
            .Link("forty.h", "dirs/19/../dirs/18/a.h").Link("one-more.h", "dirs/19/../dirs/19/a.h");
        for (int i = 1; i < 50; i++)
        {
            made.Link($"files/{i}", $"{i - 1}").Link($"dirs/{i}", $"{i - 1}");
        }

        string line = Assert.Single(_cache.Mount(made.Save(_cache.Scratch, "--force")));
        string[] broken = Run("sh", "-c", "find . -type l | while read -r l; do [ -e $l ] || echo $l; done")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] chains = [.. Enumerable.Range(40, 10).SelectMany(static i => new[] { $"./dirs/{i}", $"./files/{i}" })];
        Assert.Equal(
            (HashSet<string>)[.. new[] { "absolute", "below", "circle", "file", "no", "one-more", "out", "passing" }.Select(static n => $"./{n}.h"), .. chains],
            broken.ToHashSet(StringComparer.Ordinal));
        Message.Says(line, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{broken.Length} links"));
        _cache.Site.Unmount();
    }

    private string Run(string command, params string[] arguments) => ProcessRun.Of(
        [command, .. arguments], _cache.Site.Directory, limit: Deadline.Short).Succeeded().Output;
}
