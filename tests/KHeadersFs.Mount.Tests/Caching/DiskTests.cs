using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>A disk that is full or read-only, and processes that are killed at work: the mount comes up.</summary>
public sealed class DiskTests : IDisposable
{
    private readonly CacheSite _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void A_full_disk_costs_one_line_and_leaves_no_part_of_a_file()
    {
        Directory.CreateDirectory(_cache.Folder);
        Mount("tmpfs", "tmpfs", 0, "mode=700,size=8m");
        _cache.Fill(Archives.Real);
        string entry = _cache.Entry;
        Assert.Contains("No space left", Assert.Single(_cache.Mount(Archives.Named("gzip.tar.gz"))), StringComparison.Ordinal);
        Assert.False(_cache.ServesEntry);
        _cache.Site.Unmount();
        Assert.Equal(entry, _cache.Entry);
        _cache.Fill(Archives.Real);
    }

    [Fact]
    public void A_read_only_disk_costs_one_line_at_most_and_a_good_entry_there_is_used()
    {
        Directory.CreateDirectory(_cache.Folder);
        Mount("tmpfs", "tmpfs", 0, "mode=700");
        _cache.Fill();
        Remount(ReadOnly);
        Assert.Empty(_cache.Mount());
        Assert.True(_cache.ServesEntry, "the entry on a read-only disk is not used");
        _cache.Site.Unmount();

        Remount(0);
        string entry = _cache.Entry;
        File.Delete(entry);
        Remount(ReadOnly);
        _cache.MountsWithOneLine(entry, fromEntry: false);
    }

    [Fact]
    public void A_process_that_is_killed_at_any_time_leaves_nothing_that_hinders_the_next()
    {
        long start = Environment.TickCount64;
        _cache.Fill(Archives.Real);
        int whole = (int)(Environment.TickCount64 - start);
        const int Steps = 12;
        for (int step = 0; step < Steps; step++)
        {
            Array.ForEach(Directory.GetFiles(_cache.Folder, "*.khfs"), File.Delete);
            Killed(["timeout", "-s", "KILL", FormattableString.Invariant($"{Math.Max(1, whole * step / Steps) / 1000.0}")]);
        }

        ComesUp();
    }

    // The delays above hardly ever meet the few milliseconds of writing. The path is for strace: only calls on that file count.
    [Theory]
    [InlineData("pwrite64", "1", true)]
    [InlineData("pwrite64", "20", true)]
    [InlineData("fsync", "1", true)]
    [InlineData("?rename,?renameat,?renameat2", "1", false)]
    [InlineData("mount", "1", false)]
    public void A_process_that_is_killed_while_it_writes_leaves_nothing_that_hinders_the_next(string calls, string time, bool onFile)
    {
        TestRun.SkipUnless(ClangCompile.IsInstalled("strace"), "strace is not installed: nobody kills at a chosen call");
        _cache.Fill(Archives.Real);
        string entry = _cache.Entry;
        File.Delete(entry);
        string[] only = onFile ? ["-P", entry + ".new"] : [];
        Killed(["strace", "-qq", "-o", "/dev/null", .. only, "-e", $"inject={calls}:signal=KILL:when={time}"]);
        Assert.Equal(calls is "mount" ? entry : entry + ".new", _cache.Entry);
        ComesUp();
    }

    private const ulong ReadOnly = 1; // MS_RDONLY of linux/mount.h

    private void Remount(ulong flags) => Mount("tmpfs", null, Native.MS_REMOUNT | flags, null);

    private void Mount(string source, string? type, ulong flags, string? data) => Assert.True(
        Native.mount(source, _cache.Folder, type, flags, data) == 0, Marshal.GetLastPInvokeErrorMessage());

    /// <summary>Runs a mount under a command that kills it, and takes away what it may have mounted before.</summary>
    private void Killed(string[] killer)
    {
        _cache.Site.Run([.. killer, .. _cache.Command(Archives.Real)]);
        FailedMount.Clear(_cache.Scratch);
        Deadline.Until(() => Subject.Processes().Count == 0, "no process left");
        Assert.InRange(_cache.Files.Length, 0, 2);
    }

    /// <summary>The next mount is silent, keeps the store and clears away what others have left.</summary>
    private void ComesUp()
    {
        Array.ForEach(_cache.Files.Where(static f => f.EndsWith(".khfs", StringComparison.Ordinal)).ToArray(), File.Delete);
        _cache.Fill(Archives.Real);
        ulong inode = CacheSite.Inode(_cache.Entry);
        _cache.Fill(Archives.Real);
        Assert.Equal(inode, CacheSite.Inode(_cache.Entry));
    }
}
