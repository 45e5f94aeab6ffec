namespace KHeadersFs.Mount.Tests;

/// <summary>A server that is started again with options for another tree: it does not go on with the old one under the new options' name.</summary>
public sealed class OtherTreeTakeOverTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("", "uapi", "arch")]
    [InlineData("uapi", "", "include/asm-generic/bug.h")]
    [InlineData("kbuild", "", "include/config/kernel.release")]
    [InlineData("", "limit_depth=3", "include/uapi/linux/netfilter")]
    public void The_next_server_mounts_the_tree_that_it_is_asked_for(string before, string after, string differing)
    {
        string path = Path.Combine(_site.Directory, differing);
        using var manager = new StandInManager(_site, _site.Directory, Options(before));
        manager.Tell("start");
        _site.AssertMounted();
        bool wasThere = Path.Exists(path);
        manager.ChangeOptions(Options(before));
        manager.Tell("kill 1");
        manager.AssertSaid(1, LogLine.TookOver);

        manager.ChangeOptions(Options(after));
        manager.Tell("end SIGKILL");
        manager.Tell("start");
        _site.AssertMounted();
        manager.AssertSaid(2, LogLine.Serving);
        manager.AssertSaid(1, "other options");
        Assert.NotEqual(wasThere, Path.Exists(path));
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGTERM")));
        _site.AssertGone();
    }

    [Fact]
    public void Copies_of_the_mount_that_it_takes_away_go_too()
    {
        string[] copies = [.. new[] { "first", "second" }.Select(name => Directory.CreateDirectory(_site.Scratch.In(name)).FullName)];
        using var manager = new StandInManager(_site, _site.Directory);
        manager.Tell("start");
        _site.AssertMounted();
        Assert.All(copies, copy => _site.RunSilently("mount", "--bind", _site.Directory, copy));
        manager.ChangeOptions(Options("subdir=include"));
        manager.Tell("end SIGKILL");
        manager.Tell("start");
        _site.AssertMounted();
        manager.AssertSaid(1, "other options");
        Assert.All(copies, static copy => Assert.Null(MountTable.At(copy)));
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGTERM")));
        _site.AssertGone();
    }

    private static string[] Options(string options) => options.Length == 0 ? [] : ["-o", options];
}
