using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Every way to read a file gives the bytes that tar unpacks.</summary>
public sealed class FileReadingTests : IDisposable
{
    private readonly MountedProgram _mounted = MountedProgram.Detached(Archives.Real);
    private readonly ReferenceTree _reference = ReferenceTree.Of(Archives.Real);
    private readonly string _largest;
    private readonly byte[] _bytes;

    public FileReadingTests()
    {
        TreeEntry largest = _reference.Tree.Files.MaxBy(static entry => entry.Stat.st_size)!;
        _largest = _mounted.In(largest.Path);
        _bytes = File.ReadAllBytes(_reference.Tree.FullPath(largest));
    }

    public void Dispose() => _mounted.Dispose();

    [Fact]
    public void The_largest_file_spans_several_requests() => Assert.True(_bytes.Length > 2 * 128 * 1024);

    [Theory]
    [InlineData(OpenFlags.O_RDONLY)]
    [InlineData(OpenFlags.O_DIRECT)]
    public void Pread_at_odd_offsets_gives_the_bytes_there(OpenFlags flags) => _mounted.Within(() =>
    {
        using var file = new OpenFile(_largest, flags);
        foreach (int offset in new[] { 1, 4095, 65_537, 131_071, 131_073, 7, 262_131, _bytes.Length - 13, 3 })
        {
            foreach (int count in new[] { 1, 13, 4097, 70_001 })
            {
                Assert.Equal(_bytes[offset..Math.Min(offset + count, _bytes.Length)], file.Read(offset, count));
            }
        }
    });

    [Theory]
    [InlineData(OpenFlags.O_RDONLY)]
    [InlineData(OpenFlags.O_DIRECT)]
    public void Reading_at_and_past_the_end_gives_nothing(OpenFlags flags) => _mounted.Within(() =>
    {
        using var file = new OpenFile(_largest, flags);
        Assert.Empty(file.Read(_bytes.Length, 100));
        Assert.Empty(file.Read(_bytes.Length + 1_000_000L, 100));
        Assert.Empty(file.Read(1L << 40, 100));
        Assert.Equal(_bytes[^5..], file.Read(_bytes.Length - 5, 100));
    });

    [Theory]
    [InlineData(4096)]
    [InlineData(100_000)]
    [InlineData(2 << 20)]
    public void A_direct_read_gives_the_same_bytes(int bufferSize) =>
        _mounted.Within(() => Assert.Equal(_bytes, DirectRead.All(_largest, bufferSize)));

    [Fact]
    public void A_mapping_shows_the_same_bytes() => _mounted.Within(() =>
    {
        using var file = new OpenFile(_largest);
        nint mapping = Syscall.mmap(0, (ulong)_bytes.Length, MmapProts.PROT_READ, MmapFlags.MAP_PRIVATE, file.Descriptor, 0);
        Assert.NotEqual(-1, mapping);

        // The kernel reads the mapping, not managed code: a fault that hung would hang the garbage collector with it.
        string copy = _mounted.Scratch.In("copy");
        int output = Syscall.open(copy, OpenFlags.O_CREAT | OpenFlags.O_WRONLY, FilePermissions.DEFFILEMODE);
        Assert.Equal(_bytes.Length, Syscall.write(output, mapping, (ulong)_bytes.Length));
        Assert.Equal(0, Syscall.close(output));
        Assert.Equal(0, Syscall.munmap(mapping, (ulong)_bytes.Length));
        Assert.Equal(_bytes, File.ReadAllBytes(copy));
    });

    [Fact]
    public void Sendfile_copies_the_same_bytes() => _mounted.Within(() =>
    {
        using var file = new OpenFile(_largest);
        string copy = _mounted.Scratch.In("copy");
        int output = Syscall.open(copy, OpenFlags.O_CREAT | OpenFlags.O_WRONLY, FilePermissions.DEFFILEMODE);
        long offset = 0;
        while (offset < _bytes.Length)
        {
            Assert.True(Syscall.sendfile(output, file.Descriptor, ref offset, (ulong)(_bytes.Length - offset)) > 0);
        }

        Assert.Equal(0, Syscall.close(output));
        Assert.Equal(_bytes, File.ReadAllBytes(copy));
    });

    [Fact]
    public void Cp_copies_a_whole_directory()
    {
        string copy = _mounted.Scratch.In("copy");
        ProcessRun.Of(["cp", "-r", _mounted.In("include/uapi"), copy]).Succeeded();
        ProcessRun.Of(["diff", "-r", Path.Combine(_reference.Tree.Root, "include/uapi"), copy]).Succeeded();
    }
}
