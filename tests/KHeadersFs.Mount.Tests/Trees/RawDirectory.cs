using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A directory read by getdents64 itself, with a buffer of any size and from any offset.</summary>
internal sealed class RawDirectory : IDisposable
{
    internal RawDirectory(string path)
    {
        Descriptor = Syscall.open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        Assert.True(Descriptor >= 0, $"open {path}: {Stdlib.GetLastError()}");
    }

    internal int Descriptor { get; }

    /// <summary>The entries from an offset to the end (lseek first), read with a buffer of so many bytes.</summary>
    internal IReadOnlyList<RawEntry> ReadFrom(long offset, int bufferSize)
    {
        Assert.Equal(offset, Syscall.lseek(Descriptor, offset, SeekFlags.SEEK_SET));
        var entries = new List<RawEntry>();
        for (IReadOnlyList<RawEntry> step = Step(bufferSize); step.Count > 0; step = Step(bufferSize))
        {
            entries.AddRange(step);
        }

        return entries;
    }

    /// <summary>One getdents64 call; empty at the end.</summary>
    internal unsafe IReadOnlyList<RawEntry> Step(int bufferSize)
    {
        byte[] buffer = new byte[bufferSize];
        nint length;
        fixed (byte* start = buffer)
        {
            length = Native.getdents64(Descriptor, start, (nuint)bufferSize);
        }

        Assert.True(length >= 0, $"getdents64 with {bufferSize} bytes: {Marshal.GetLastPInvokeErrorMessage()}");
        var entries = new List<RawEntry>();
        for (ReadOnlySpan<byte> rest = buffer.AsSpan(0, (int)length); !rest.IsEmpty;)
        {
            // d_ino at 0, d_off at 8, d_reclen at 16, d_type at 18, d_name at 19 (getdents(2)); little-endian machines only.
            ushort size = BinaryPrimitives.ReadUInt16LittleEndian(rest[16..]);
            ReadOnlySpan<byte> name = rest[19..size];
            entries.Add(new RawEntry(
                BinaryPrimitives.ReadUInt64LittleEndian(rest),
                BinaryPrimitives.ReadInt64LittleEndian(rest[8..]),
                rest[18],
                Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)])));
            rest = rest[size..];
        }

        return entries;
    }

    public void Dispose() => _ = Syscall.close(Descriptor);
}
