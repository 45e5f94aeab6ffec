using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>The first page of a file, mapped, without a descriptor.</summary>
internal sealed class MappedFile : IDisposable
{
    private const ulong Page = 1;

    private readonly nint _address;

    internal MappedFile(string path)
    {
        using var file = new OpenFile(path);
        _address = Syscall.mmap(0, Page, MmapProts.PROT_READ, MmapFlags.MAP_PRIVATE, file.Descriptor, 0);
        Assert.NotEqual(Syscall.MAP_FAILED, _address);
    }

    public void Dispose() => _ = Syscall.munmap(_address, Page);
}
