using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Fuse;

namespace KHeadersFs.Serving;

/// <summary>
/// Joins the two libraries: a store seen as a file system. Node id = node + 1, so the root has FUSE's node id 1. With another
/// root than node 0, the two trade node ids.
/// </summary>
/// <param name="store">What is served.</param>
/// <param name="root">The directory that is mounted.</param>
/// <param name="userId">Owner of everything.</param>
/// <param name="groupId">Group of everything.</param>
/// <param name="umask">Permission bits to take away.</param>
/// <param name="onDamage">Told of a read that found the store damaged, or no memory; its caller gets EIO or ENOMEM.</param>
internal sealed class HeaderFileSystem(
    HeaderStore store, int root, uint userId, uint groupId, uint umask, Action<Exception> onDamage) : IReadOnlyFileSystem
{
    /// <summary>What statfs(2) counts in; not the size of a page.</summary>
    private const uint BlockSize = 4096;

    /// <summary>NAME_MAX of linux/limits.h; the store holds no longer names.</summary>
    private const int LongestName = 255;

    private const uint NanosecondsPerSecond = 1_000_000_000;

    private readonly NodeTable _nodes = store.Nodes;
    private readonly uint _kept = ~umask;

    /// <summary>
    /// Another archive, or another part of it, is another file system for whoever remembers something of this one: a handle, by the
    /// generation; contents, by the change time (ccache, NFS, backups). Kernels that are built with a fixed time can differ in contents only.
    /// </summary>
    private readonly ulong _identity = store.ContentsChecksum + (ulong)root;

    /// <inheritdoc/>
    public Errno Lookup(ulong parent, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        attributes = default;
        if (!TryGetNode(parent, out int directory))
        {
            return Errno.ESTALE;
        }

        if (name.SequenceEqual("."u8))
        {
            Describe(_nodes.Inode(directory), out attributes);
            return Errno.None;
        }

        if (_nodes.Kind(directory) != NodeKind.Directory)
        {
            return Errno.ENOTDIR;
        }

        if (name.SequenceEqual(".."u8))
        {
            Describe(ParentOf(directory), out attributes);
            return Errno.None;
        }

        if (name.Length > LongestName)
        {
            return Errno.ENAMETOOLONG;
        }

        int node = _nodes.Lookup(directory, name);
        if (node < 0)
        {
            return Errno.ENOENT;
        }

        Describe(_nodes.Inode(node), out attributes);
        return Errno.None;
    }

    /// <inheritdoc/>
    public Errno GetAttributes(ulong nodeId, out NodeAttributes attributes)
    {
        attributes = default;
        if (!TryGetNode(nodeId, out int node))
        {
            return Errno.ESTALE;
        }

        Describe(node, out attributes);
        return Errno.None;
    }

    /// <inheritdoc/>
    public Errno ReadLink(ulong nodeId, Span<byte> destination, out int length)
    {
        length = 0;
        if (!TryGetNode(nodeId, out int node))
        {
            return Errno.ESTALE;
        }

        if (_nodes.Kind(node) != NodeKind.Symlink)
        {
            return Errno.EINVAL;
        }

        ReadOnlySpan<byte> target = _nodes.Target(node);
        if (!target.TryCopyTo(destination))
        {
            return Errno.ENAMETOOLONG;
        }

        length = target.Length;
        return Errno.None;
    }

    /// <inheritdoc/>
    public Errno Read(ulong nodeId, ulong offset, Span<byte> destination, out int length)
    {
        length = 0;
        if (!TryGetNode(nodeId, out int node))
        {
            return Errno.ESTALE;
        }

        switch (_nodes.Kind(node))
        {
            case NodeKind.File:
                return ReadFile(node, offset, destination, out length);
            case NodeKind.Directory:
                return Errno.EISDIR;
            default:
                return Errno.EINVAL;
        }
    }

    /// <inheritdoc/>
    public Errno ReadDirectory(ulong nodeId, ulong offset, ref DirectoryWriter writer)
    {
        if (!TryGetNode(nodeId, out int directory))
        {
            return Errno.ESTALE;
        }

        if (_nodes.Kind(directory) != NodeKind.Directory)
        {
            return Errno.ENOTDIR;
        }

        // An entry's offset is its place in the listing: "." is 0, ".." is 1, the first child 2.
        const int dots = 2;
        ulong count = (ulong)_nodes.ChildCount(directory) + dots;
        for (ulong place = offset; place < count; place++)
        {
            int node = place switch
            {
                0 => directory,
                1 => ParentOf(directory),
                _ => _nodes.FirstChild(directory) + (int)(place - dots),
            };
            ReadOnlySpan<byte> name = place switch
            {
                0 => "."u8,
                1 => ".."u8,
                _ => _nodes.Name(node),
            };
            Describe(_nodes.Inode(node), out NodeAttributes attributes);
            if (!writer.TryAdd(name, place + 1, attributes))
            {
                break;
            }
        }

        return Errno.None;
    }

    /// <summary>
    /// As of proc and sysfs: no blocks, so df lists it only when asked for it. "Full", as squashfs and iso9660 tell, sets off alarms
    /// (docs/decisions.md).
    /// </summary>
    public void GetStatistics(out FileSystemStatistics statistics) => statistics = new FileSystemStatistics
    {
        BlockSize = BlockSize,
        NameLength = LongestName,
    };

    /// <inheritdoc/>
    public void Expect(ulong nodeId)
    {
        if (TryGetNode(nodeId, out int node) && _nodes.Kind(node) == NodeKind.File)
        {
            store.Expect(node);
        }
    }

    private Errno ReadFile(int node, ulong offset, Span<byte> destination, out int length)
    {
        try
        {
            length = store.Read(node, offset, destination);
            return Errno.None;
        }
        catch (Exception e) when (e is ArchiveException or IOException or OutOfMemoryException)
        {
            onDamage(e);
            length = 0;
            return e is OutOfMemoryException ? Errno.ENOMEM : Errno.EIO;
        }
    }

    private bool TryGetNode(ulong nodeId, out int node)
    {
        node = Swap(unchecked((int)(nodeId - 1)));
        return _nodes.Contains(nodeId - 1);
    }

    private int ParentOf(int directory) => directory == root ? root : _nodes.Parent(directory);

    private int Swap(int node) => node == 0 ? root : node == root ? 0 : node;

    private void Describe(int node, out NodeAttributes attributes)
    {
        long seconds = _nodes.ModifiedSeconds(node);
        uint nanoseconds = _nodes.ModifiedNanoseconds(node);
        uint changed = (uint)(_identity % NanosecondsPerSecond);
        attributes = new NodeAttributes
        {
            NodeId = (ulong)Swap(node) + 1,
            Generation = node == root ? 0 : (uint)(_identity ^ (_identity >> 32)),
            Size = _nodes.Size(node),
            ModifiedSeconds = seconds,
            ModifiedNanoseconds = nanoseconds,

            // The first moment with these nanoseconds that is not before the last modification.
            ChangedSeconds = changed < nanoseconds ? unchecked(seconds + 1) : seconds,
            ChangedNanoseconds = changed,
            Mode = _nodes.Kind(node) == NodeKind.Symlink ? _nodes.Mode(node) : _nodes.Mode(node) & _kept,
            LinkCount = _nodes.LinkCount(node),
            UserId = userId,
            GroupId = groupId,
        };
    }
}
