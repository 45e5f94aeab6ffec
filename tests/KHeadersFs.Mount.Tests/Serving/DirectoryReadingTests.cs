using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>getdents64, seekdir and telldir on a directory of more than a thousand names.</summary>
public sealed class DirectoryReadingTests : IDisposable
{
    private const string Big = "include/linux";
    private readonly MountedProgram _mounted = MountedProgram.Detached(Archives.Real);

    public void Dispose() => _mounted.Dispose();

    [Theory]
    [InlineData(300)]
    [InlineData(1000)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void Every_name_comes_once_whatever_the_buffer(int bufferSize)
    {
        string[] expected =
        [
            ".", "..", .. ReferenceTree.Of(Archives.Real).Tree.Entries.Keys
                .Where(static path => string.Equals(Path.GetDirectoryName(path), Big, StringComparison.Ordinal))
                .Select(static path => Path.GetFileName(path)),
        ];
        Assert.True(expected.Length > 1000, "the directory is not big");
        _mounted.Within(() =>
        {
            using var directory = new RawDirectory(_mounted.In(Big));
            Assert.Equal(
                expected.Order(StringComparer.Ordinal),
                directory.ReadFrom(0, bufferSize).Select(static entry => entry.Name).Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void Reading_goes_on_at_the_offset_of_every_entry() => _mounted.Within(() =>
    {
        using var directory = new RawDirectory(_mounted.In(Big));
        IReadOnlyList<RawEntry> all = directory.ReadFrom(0, 1 << 20);
        for (int index = 0; index < all.Count; index++)
        {
            Assert.Equal(all[index].Next, Syscall.lseek(directory.Descriptor, all[index].Next, SeekFlags.SEEK_SET));
            IReadOnlyList<RawEntry> step = directory.Step(512);
            Assert.Equal(all.Skip(index + 1).Take(Math.Max(step.Count, 1)), step);
        }

        Assert.Empty(directory.ReadFrom(all[^1].Next, 4096));
        Assert.Equal(all, directory.ReadFrom(0, 700));
    });

    [Fact]
    public void Entries_tell_the_type_and_the_inode_that_lstat_tells() => _mounted.Within(() =>
    {
        foreach (string path in TreeSnapshot.Of(_mounted.Root).Entries.Values.Where(static e => e.IsDirectory).Select(static e => e.Path))
        {
            using var directory = new RawDirectory(_mounted.In(path));
            foreach (RawEntry entry in directory.ReadFrom(0, 8192).Where(static e => e.Name is not ".."))
            {
                var stat = TreeEntry.Read(_mounted.Root, Path.Combine(path, entry.Name)).Stat;
                Assert.Equal((entry.Name, stat.st_ino), (entry.Name, entry.Inode));

                // DT_* is the file type of st_mode, shifted (dirent.h: IFTODT).
                Assert.Equal((entry.Name, (uint)(stat.st_mode & FilePermissions.S_IFMT) >> 12), (entry.Name, entry.Type));
            }
        }
    });

    [Fact]
    public void Seekdir_goes_back_to_where_telldir_was() => _mounted.Within(() =>
    {
        nint directory = Syscall.opendir(_mounted.In(Big));
        Assert.NotEqual(0, directory);
        for (int skipped = 0; skipped < 500; skipped++)
        {
            Assert.NotNull(Syscall.readdir(directory));
        }

        long here = Syscall.telldir(directory);
        string[] first = Rest(directory);
        Assert.Equal(0, Syscall.seekdir(directory, here));
        Assert.Equal(first, Rest(directory));
        Assert.Equal(0, Syscall.rewinddir(directory));
        Assert.Equal(first.Length + 500, Rest(directory).Length);
        Assert.Equal(0, Syscall.closedir(directory));
    });

    private static string[] Rest(nint directory)
    {
        var names = new List<string>();
        while (Syscall.readdir(directory) is { } entry)
        {
            names.Add(entry.d_name);
        }

        return [.. names];
    }
}
