using System.Runtime.InteropServices;
using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Tree;

/// <summary>A file, a directory or a symlink while the tree is being built: 40 bytes. A hard link is a second name of one.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Inode
{
    /// <summary>Modification time, seconds since 1970.</summary>
    internal long ModifiedSeconds;

    /// <summary>A file's size or a symlink's target length in bytes, a directory's number of children.</summary>
    internal ulong Size;

    /// <summary>A file's place in the body space, a symlink's target among the targets.</summary>
    internal ulong Position;

    /// <summary>Checksum of a file's body (<see cref="StoredBody.Checksum"/>).</summary>
    internal ulong BodyChecksum;

    /// <summary>Modification time, nanoseconds within the second.</summary>
    internal uint ModifiedNanoseconds;

    /// <summary>Permission bits as served (<see cref="Tree.Permissions"/>).</summary>
    internal ushort Permissions;

    private byte _kind;
    private byte _isImplied;

    /// <summary>What it is.</summary>
    internal NodeKind Kind
    {
        readonly get => (NodeKind)(_kind << 12);
        init => _kind = (byte)((ushort)value >> 12);
    }

    /// <summary>A directory that has no member of its own yet.</summary>
    internal bool IsImplied
    {
        readonly get => _isImplied != 0;
        set => _isImplied = value ? (byte)1 : (byte)0;
    }

    /// <summary>Sets what there is to know of a file's body.</summary>
    internal void SetBody(StoredBody body) => (Position, BodyChecksum) = (body.Position, body.Checksum);
}
