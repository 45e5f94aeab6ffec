using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Keeps the cached pages of files where they are until disposed: mlock(2). A kernel may take back page cache whenever it
/// likes, and some machines (DAMON's proactive reclaim) do so within seconds; what it then asks for again is no fault of
/// the server's. Nothing else about caching changes: an open that drops the cache, or bypasses it, still does.
/// </summary>
internal sealed class LockedFiles : IDisposable
{
    private readonly List<(nint Address, ulong Length)> _mappings = [];

    internal LockedFiles(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            using var file = new OpenFile(path);
            Assert.Equal(0, Syscall.fstat(file.Descriptor, out Stat stat));
            if (stat.st_size == 0)
            {
                continue;
            }

            ulong length = (ulong)stat.st_size;
            nint address = Syscall.mmap(0, length, MmapProts.PROT_READ, MmapFlags.MAP_SHARED, file.Descriptor, 0);
            Assert.NotEqual(-1, address);
            _mappings.Add((address, length));

            // mlock brings in every page by itself: no managed code ever touches the mapping.
            TestRun.SkipUnless(Syscall.mlock(address, length) == 0, $"pages cannot be locked: {Stdlib.GetLastError()}");
        }
    }

    internal int Count => _mappings.Count;

    public void Dispose()
    {
        foreach ((nint address, ulong length) in _mappings)
        {
            _ = Syscall.munmap(address, length);
        }
    }
}
