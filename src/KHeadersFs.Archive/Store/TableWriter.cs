using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// Writes the tables of a store, array after array, through a small buffer: so a table of any size takes no memory beside the store's.
/// </summary>
/// <param name="file">The store.</param>
/// <param name="start">Where the tables begin, in bytes.</param>
internal sealed class TableWriter(SafeFileHandle file, long start)
{
    private readonly byte[] _buffer = new byte[16 << 10];
    private int _fill;
    private long _flushed = start;

    /// <summary>Where the tables begin, in bytes.</summary>
    internal long Start { get; } = start;

    /// <summary>Where the next array will begin, in bytes.</summary>
    internal long End => _flushed + _fill;

    /// <summary>CRC-64 (of the .xz format) of what has been flushed.</summary>
    internal ulong Crc { get; private set; }

    /// <summary>Appends one element of an array.</summary>
    internal void Write<T>(T element)
        where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        if (_buffer.Length - _fill < size)
        {
            Flush();
        }

        MemoryMarshal.Write(_buffer.AsSpan(_fill), element);
        _fill += size;
    }

    /// <summary>Appends bytes.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _fill)
        {
            Flush();
            Append(bytes);
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_fill));
        _fill += bytes.Length;
    }

    /// <summary>Appends zeros up to a multiple of <paramref name="alignment"/> bytes from the start.</summary>
    internal void Pad(int alignment)
    {
        while ((End - Start) % alignment != 0)
        {
            Write((byte)0);
        }
    }

    /// <summary>Writes what the buffer holds.</summary>
    internal void Flush()
    {
        Append(_buffer.AsSpan(0, _fill));
        _fill = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        PosixFile.WriteAt(file, bytes, _flushed);
        Crc = StoreChecksum.Continue(Crc, bytes);
        _flushed += bytes.Length;
    }
}
