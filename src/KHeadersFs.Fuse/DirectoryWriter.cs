using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>Writes the entries of a READDIR or READDIRPLUS reply; it alone knows which of the two was asked.</summary>
public unsafe ref struct DirectoryWriter
{
    private readonly Span<byte> _destination;
    private readonly bool _plus;
    private readonly Validity _validity;
    private readonly bool _hasGenerations;

    internal DirectoryWriter(Span<byte> destination, bool plus, Validity validity, bool hasGenerations)
    {
        _destination = destination;
        _plus = plus;
        _validity = validity;
        _hasGenerations = hasGenerations;
    }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>An entry was refused because it did not fit.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Adds one entry.</summary>
    /// <param name="name">
    /// UTF-8 bytes: 1 to 1,024, no slash and no zero, or the kernel fails the whole READDIR with EIO.
    /// </param>
    /// <param name="nextOffset">Where to go on after this entry; not 0.</param>
    /// <param name="attributes">
    /// The node. READDIR takes its node id and type only, and so do "." and "..": with a node id in a READDIRPLUS
    /// reply the kernel would make them children of their own directory (fs/fuse/readdir.c: fuse_direntplus_link).
    /// </param>
    /// <returns>False when it does not fit: stop here, the kernel asks again from this entry on.</returns>
    public bool TryAdd(scoped ReadOnlySpan<byte> name, ulong nextOffset, scoped in NodeAttributes attributes)
    {
        int header = _plus ? sizeof(FuseDirentplus) : sizeof(FuseDirent);
        int size = (header + name.Length + 7) & ~7;
        if (IsFull || size > _destination.Length - Length)
        {
            IsFull = true;
            return false;
        }

        Span<byte> entry = _destination.Slice(Length, size);
        if (_plus)
        {
            FuseEntryOut node = default;
            if (!IsDots(name))
            {
                Reply.Fill(ref node, attributes, _validity, _hasGenerations);
            }

            MemoryMarshal.Write(entry, node);
        }

        var dirent = new FuseDirent
        {
            Ino = attributes.NodeId,
            Off = nextOffset,
            Namelen = (uint)name.Length,
            Type = (attributes.Mode >> 12) & 0xF, // DT_xxx is S_IFxxx shifted (include/linux/fs_types.h)
        };
        MemoryMarshal.Write(entry[(header - sizeof(FuseDirent))..], dirent);
        name.CopyTo(entry[header..]);
        entry[(header + name.Length)..].Clear();
        Length += size;
        return true;
    }

    private static bool IsDots(ReadOnlySpan<byte> name) => name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
}
