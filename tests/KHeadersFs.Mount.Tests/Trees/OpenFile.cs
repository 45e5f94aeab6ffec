using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A file opened by open(2) itself and read by pread(2): one call here is one system call.</summary>
internal sealed class OpenFile : IDisposable
{
    internal OpenFile(string path, OpenFlags flags = OpenFlags.O_RDONLY)
    {
        Descriptor = Syscall.open(path, flags | OpenFlags.O_CLOEXEC);
        if (Descriptor < 0)
        {
            throw new IOException($"open {path}: {Stdlib.GetLastError()}");
        }
    }

    internal int Descriptor { get; }

    /// <summary>One pread: as many bytes as it gives.</summary>
    internal unsafe byte[] Read(long offset, int count)
    {
        byte[] buffer = new byte[count];
        fixed (byte* start = buffer)
        {
            long length = Syscall.pread(Descriptor, start, (ulong)count, offset);
            return length < 0 ? throw new IOException($"pread: {Stdlib.GetLastError()}") : buffer[..(int)length];
        }
    }

    public void Dispose() => _ = Syscall.close(Descriptor);
}
