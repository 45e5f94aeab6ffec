using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Whoever can open a file can lock it: no such lock holds a mount up, and of two mounts on one directory one waits and says for whom.</summary>
public sealed class LockTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("the directory")]
    [InlineData("the archive")]
    [InlineData("/etc/passwd")]
    [InlineData("/proc/self/mountinfo")]
    [InlineData("/proc/meminfo")]
    [InlineData("/sys/kernel")]
    public void A_lock_of_another_user_is_none_of_ours(string what)
    {
        using var held = new ForeignLock(what switch { "the directory" => _site.Directory, "the archive" => _site.Archive, _ => what });
        _site.RunSilently(Subject.Path, "-o", "uid=nobody", _site.Archive, _site.Directory);
        _site.AssertMounted();
        _site.Unmount();
    }

    [Fact]
    public void A_locked_passwd_can_be_no_archive_and_is_told_so()
    {
        using var held = new ForeignLock("/etc/passwd");
        Message.Says(Subject.Run(_site.Scratch, ["/etc/passwd", _site.Directory]).Error, "/etc/passwd: .xz gzip zstd");
    }

    [Fact]
    public void A_locked_cache_is_used_and_hinders_nobody()
    {
        using var cache = new CacheSite();
        cache.Fill();
        Assert.Equal(0, Syscall.chmod(cache.Folder, NativeConvert.FromOctalPermissionString("0755")));
        using var held = new ForeignLock(cache.Folder);
        Assert.Empty(cache.Mount());
        Assert.True(cache.ServesEntry, "a kept store is not used while somebody has a lock on its directory");
        cache.Site.Unmount();
    }

    [Fact]
    public void The_second_of_two_mounts_says_for_whom_it_waits_and_goes_on_when_that_one_has_ended()
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process first = ProcessRun.Start([Subject.Path, archive.Path, _site.Directory], _site.Scratch.Work, _site.Scratch.Environment);
        archive.WaitUntilRead();
        using Process second = ProcessRun.Start([Subject.Path, _site.Archive, _site.Directory], _site.Scratch.Work, _site.Scratch.Environment);
        string line = "";
        Deadline.Within(Deadline.Short, () => line = second.StandardError.ReadLine() + "\n");
        Message.IsWarning(line, _site.Directory, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"process {first.Id} mounting waiting"));
        Assert.Equal(0, Syscall.kill(first.Id, Signum.SIGKILL));
        Assert.True(second.WaitForExit(Deadline.Short), "the second mount still waits");
        Assert.Equal(0, second.ExitCode);
        Assert.Equal(_site.Archive, _site.AssertMounted().Source);
        Assert.True(first.WaitForExit(Deadline.Short), "the first mount was killed");
        _site.Unmount();
    }
}
