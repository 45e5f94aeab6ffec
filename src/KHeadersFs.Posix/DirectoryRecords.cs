using System.Runtime.InteropServices;

namespace KHeadersFs.Posix;

/// <summary>
/// Names in what getdents64(2) has returned: records of 8 bytes of inode, 8 of offset, 2 of length, 1 of type, and the name
/// with its zero byte.
/// </summary>
internal ref struct DirectoryRecords(ReadOnlySpan<byte> records)
{
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    private ReadOnlySpan<byte> _rest = records;

    /// <summary>A name, never "." or "..".</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>For foreach.</summary>
    public readonly DirectoryRecords GetEnumerator() => this;

    /// <summary>Goes on to the next name.</summary>
    public bool MoveNext()
    {
        while (_rest.Length > NameOffset)
        {
            ReadOnlySpan<byte> record = _rest[..MemoryMarshal.Read<ushort>(_rest[LengthOffset..])];
            _rest = _rest[record.Length..];
            ReadOnlySpan<byte> name = record[NameOffset..];
            Current = name[..name.IndexOf((byte)0)];
            if (!Current.SequenceEqual("."u8) && !Current.SequenceEqual(".."u8))
            {
                return true;
            }
        }

        return false;
    }
}
