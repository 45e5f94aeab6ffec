using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>
/// Writes replies: the header, and the bodies that several operations share. Returns bytes of the whole reply.
/// </summary>
internal static unsafe class Reply
{
    /// <summary>Body of a reply starts here.</summary>
    internal const int HeaderSize = 16;

    /// <summary>st_blksize: how much a program reads at once when it has no idea of its own; alike for pages of any size.</summary>
    private const uint PreferredReadSize = 4096;

    /// <summary>The one place that negates an errno.</summary>
    internal static int Error(Span<byte> reply, ulong unique, Errno errno)
    {
        // Out of range, the kernel would leave the request waiting for ever (fs/fuse/dev.c: fuse_dev_do_write).
        int error = (int)errno is > 0 and < 512 ? (int)errno : (int)Errno.EIO;
        return Header(reply, unique, -error, 0);
    }

    /// <summary>Success with <paramref name="length"/> bytes that stand behind the header already.</summary>
    internal static int Success(Span<byte> reply, ulong unique, int length) => Header(reply, unique, 0, length);

    /// <summary>Success with a struct for its body.</summary>
    internal static int Success<T>(Span<byte> reply, ulong unique, in T body)
        where T : unmanaged
    {
        MemoryMarshal.Write(reply[HeaderSize..], body);
        return Header(reply, unique, 0, sizeof(T));
    }

    internal static void Fill(ref FuseEntryOut entry, in NodeAttributes attributes, Validity validity, bool hasGeneration)
    {
        entry.Nodeid = attributes.NodeId;
        entry.Generation = hasGeneration ? attributes.Generation : 0;
        entry.AttrValid = validity.Seconds;
        entry.AttrValidNsec = validity.Nanoseconds;
        Fill(ref entry, validity);
        Fill(ref entry.Attr, attributes);
    }

    /// <summary>Of an absent name this is all.</summary>
    internal static void Fill(ref FuseEntryOut entry, Validity validity)
    {
        entry.EntryValid = validity.Seconds;
        entry.EntryValidNsec = validity.Nanoseconds;
    }

    internal static void Fill(ref FuseAttr attr, in NodeAttributes attributes)
    {
        attr.Ino = attributes.NodeId;
        attr.Size = attributes.Size;
        attr.Blocks = (attributes.Size / 512) + (attributes.Size % 512 == 0 ? 0UL : 1UL);
        attr.Atime = attr.Mtime = unchecked((ulong)attributes.ModifiedSeconds);
        attr.Atimensec = attr.Mtimensec = attributes.ModifiedNanoseconds;
        attr.Ctime = unchecked((ulong)attributes.ChangedSeconds);
        attr.Ctimensec = attributes.ChangedNanoseconds;
        attr.Mode = attributes.Mode;
        attr.Nlink = attributes.LinkCount;
        attr.Uid = attributes.UserId;
        attr.Gid = attributes.GroupId;
        attr.Blksize = PreferredReadSize;
    }

    private static int Header(Span<byte> reply, ulong unique, int error, int bodyLength)
    {
        int length = HeaderSize + bodyLength;
        MemoryMarshal.Write(reply, new FuseOutHeader { Len = (uint)length, Error = error, Unique = unique });
        return length;
    }
}
