using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A mount that is not where it was made, or whose server is not who it was: a signal still takes it away.</summary>
public sealed class MovedMountTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("mv \"$1/a\" \"$1/renamed\"")]
    [InlineData("mkdir \"$1/elsewhere\"; mount --move \"$1/a/b\" \"$1/elsewhere\"")]
    [InlineData("mkdir \"$1/elsewhere\"; mount --bind \"$1/a/b\" \"$1/elsewhere\"")]
    [InlineData("mkdir \"$1/elsewhere\"; mount --bind \"$1/a/b/include\" \"$1/elsewhere\"; mv \"$1/a\" \"$1/renamed\"")]
    public void A_signal_unmounts_it_wherever_it_is(string move)
    {
        string directory = _site.Scratch.In("a/b");
        _site.RunSilently(Subject.Path, "-o", "mkdir", _site.Archive, directory);
        int server = _site.Server();
        ProcessRun.Shell(move, _site.Scratch.Path).Succeeded();
        Assert.Equal(0, Syscall.kill(server, Signum.SIGTERM));
        _site.AssertGone();
        Assert.False(Directory.Exists(directory));
        Assert.False(Directory.Exists(_site.Scratch.In("renamed")));
    }

    [Theory]
    [InlineData("kill -TERM \"$2\"")]
    [InlineData("umount \"$1\"")]
    public void A_server_that_became_another_user_leaves_neither_mount_nor_directory(string end)
    {
        string directory = _site.Scratch.In("a/b");
        _site.RunSilently(Subject.Path, "-o", "mkdir,setuid=65534", _site.Archive, directory);
        int server = _site.Server();
        Assert.Equal("0000000000000000", Capabilities(server, "CapPrm"));
        Assert.Equal("0000000000000000", Capabilities(server, "CapEff"));
        ProcessRun.Shell(end, directory, $"{server}").Succeeded();
        _site.AssertGone();
        Assert.False(Directory.Exists(_site.Scratch.In("a")));
        Assert.Empty(ProgramRecords.Held());
    }

    private static string Capabilities(int server, string field) =>
        File.ReadLines($"/proc/{server}/status").Single(line => line.StartsWith(field, StringComparison.Ordinal)).Split('\t')[1];
}
