using KHeadersFs.Archive.Cache;
using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

public sealed class StoreCacheTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kheadersfs-cache-").FullName;
    private readonly List<string> _told = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // Blocks of any length: the tables behind them are aligned.
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("abc")]
    [InlineData("abcd")]
    [InlineData("abcde")]
    [InlineData("abcdef")]
    [InlineData("abcdefg")]
    [InlineData("abcdefgh")]
    public void The_second_build_of_an_archive_opens_the_file_of_the_first(string body)
    {
        byte[] archive = Archive(body);
        using (HeaderStore first = Build(archive))
        {
            Assert.Equal(body, first.ReadText("a.h"));
        }

        string file = Assert.Single(Directory.GetFiles(_directory));
        byte[] before = File.ReadAllBytes(file);
        using HeaderStore second = Build(archive);
        Assert.Equal(body, second.ReadText("a.h"));
        Assert.Equal(before, File.ReadAllBytes(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Empty(_told);
    }

    [Fact]
    public void Another_archive_gets_another_file()
    {
        Build(Archive("a")).Dispose();
        Build(Archive("b")).Dispose();
        Assert.Equal(2, Directory.GetFiles(_directory).Length);
    }

    [Fact]
    public void What_limits_leave_out_is_not_served_to_who_has_others()
    {
        byte[] archive = Archive("a");
        var cache = new StoreCache(_directory, 1 << 20, _told.Add);
        Assert.Throws<ArchiveException>(() => Build(archive, cache, new ArchiveLimits { NameBytes = 2 }));
        Build(archive, cache, new ArchiveLimits { NameBytes = 3 }).Dispose();
        Build(archive, cache, new ArchiveLimits { Members = 1 }).Dispose();
        Build(archive, cache).Dispose();
        Assert.Equal(2, Directory.GetFiles(_directory).Length);
    }

    [Fact]
    public void A_damaged_or_shortened_file_is_told_of_and_made_again()
    {
        byte[] archive = Archive("a");
        Build(archive).Dispose();
        string file = Assert.Single(Directory.GetFiles(_directory));
        byte[] whole = File.ReadAllBytes(file);
        foreach (byte[] damaged in (byte[][])[[], whole[..^1], [.. whole, 0], [.. whole[..20], 0xFF, .. whole[21..]]])
        {
            _told.Clear();
            File.WriteAllBytes(file, damaged);
            using HeaderStore store = Build(archive);
            Assert.Equal("a", store.ReadText("a.h"));
            Assert.Equal(whole, File.ReadAllBytes(file));
            Assert.Single(_told);
        }
    }

    [Fact]
    public void A_file_or_directory_that_others_can_write_to_is_not_used()
    {
        byte[] archive = Archive("a");
        Build(archive).Dispose();
        string file = Assert.Single(Directory.GetFiles(_directory));
        File.SetUnixFileMode(file, (UnixFileMode)0x1B6); // 0666
        Build(archive).Dispose();
        Message.Says(Assert.Single(_told), "others written");

        _told.Clear();
        File.SetUnixFileMode(_directory, (UnixFileMode)0x1FF); // 0777
        Build(archive).Dispose();
        Assert.Single(_told); // neither read nor written
    }

    [Fact]
    public void A_directory_that_cannot_be_made_costs_only_a_line()
    {
        using HeaderStore store = Build(Archive("a"), new StoreCache("/proc/no/such/place", 1 << 20, _told.Add));
        Assert.Equal("a", store.ReadText("a.h"));
        Assert.Single(_told);
    }

    [Fact]
    public void The_oldest_files_go_when_there_are_too_many_bytes()
    {
        var cache = new StoreCache(_directory, 2500, _told.Add);
        Build(Archive("a"), cache).Dispose();
        string oldest = Assert.Single(Directory.GetFiles(_directory));
        File.SetLastWriteTimeUtc(oldest, DateTime.UtcNow.AddDays(-1));
        Assert.InRange(new FileInfo(oldest).Length, 300, 1200);
        for (char body = 'b'; body < 'm'; body++)
        {
            Build(Archive(body.ToString()), cache).Dispose();
        }

        Assert.False(File.Exists(oldest));
        Assert.InRange(Directory.GetFiles(_directory).Sum(static f => new FileInfo(f).Length), 1, 2500);
    }

    [Fact]
    public void Builds_at_the_same_time_all_come_up()
    {
        byte[] archive = Archive("a");
        int good = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            var cache = new StoreCache(_directory, 1 << 20, static _ => { });
            using HeaderStore store = Build(archive, cache);
            Interlocked.Add(ref good, store.ReadText("a.h") is "a" ? 1 : 0);
        }))];
        Array.ForEach(threads, static t => t.Start());
        Array.ForEach(threads, static t => t.Join());
        Assert.Equal(8, good);
    }

    [Fact]
    public void The_hash_is_that_of_the_base_class_library()
    {
        byte[] data = new byte[1000];
        new Random(5).NextBytes(data);
        for (int length = 0; length < 300; length++)
        {
            var hash = new Sha256();
            hash.Append(data.AsSpan(0, length / 3));
            hash.Append(data.AsSpan(length / 3, length - (length / 3)));
            Assert.Equal(System.Security.Cryptography.SHA256.HashData(data.AsSpan(0, length)), hash.Finish());
        }
    }

    private static byte[] Archive(string body)
    {
        using TestArchive archive = new TestArchive().File("a.h", body);
        return archive.Xz();
    }

    private HeaderStore Build(byte[] archive) => Build(archive, new StoreCache(_directory, 1 << 20, _told.Add));

    private static HeaderStore Build(byte[] archive, StoreCache cache, ArchiveLimits? limits = null)
    {
        SafeFileHandle source = MemoryFile.Create("test-archive");
        RandomAccess.Write(source, archive, 0);
        return HeaderStore.Open(StoreBuilder.Build(source, new BuildOptions(limits ?? new ArchiveLimits(), static _ => { }, cache)));
    }
}
