using System.Text;

namespace KHeadersFs.Fuse.Tests;

/// <summary>A small immutable tree: node ids count from 1 in the order of adding.</summary>
internal sealed class FakeTree : IReadOnlyFileSystem
{
    internal const uint Directory = 0x41ED; // S_IFDIR | 0755
    internal const uint File = 0x81A4; // S_IFREG | 0644
    internal const uint Link = 0xA1FF; // S_IFLNK | 0777

    private readonly List<Node> _nodes = [];

    internal static FakeTree Sample()
    {
        var tree = new FakeTree();
        tree.Add(1, "", Directory, []); // 1: /
        tree.Add(1, "hello.txt", File, "Hello, kernel!\n"u8.ToArray()); // 2
        tree.Add(1, "link", Link, "sub/deep.h"u8.ToArray()); // 3
        tree.Add(1, "sub", Directory, []); // 4
        tree.Add(4, "deep.h", File, "#pragma once\n"u8.ToArray()); // 5
        byte[] big = new byte[300_000];
        for (int i = 0; i < big.Length; i++)
        {
            big[i] = (byte)(i * 31 >> 4);
        }

        tree.Add(4, "big.bin", File, big); // 6
        return tree;
    }

    internal int Calls;

    internal ulong Expected;

    internal byte[] Content(ulong node) => _nodes[(int)node - 1].Content;

    public Errno Lookup(ulong parent, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        attributes = default;
        foreach (Node node in _nodes)
        {
            if (node.Parent == parent && node.Attributes.NodeId != 1 && name.SequenceEqual(node.Name))
            {
                attributes = node.Attributes;
                return Errno.None;
            }
        }

        return GetAttributes(parent, out _) == Errno.None ? Errno.ENOENT : Errno.ESTALE;
    }

    public void Expect(ulong nodeId) => Expected = nodeId;

    public Errno GetAttributes(ulong nodeId, out NodeAttributes attributes)
    {
        Interlocked.Increment(ref Calls);
        attributes = default;
        if (nodeId - 1 >= (ulong)_nodes.Count)
        {
            return Errno.ESTALE;
        }

        attributes = _nodes[(int)nodeId - 1].Attributes;
        return Errno.None;
    }

    public Errno ReadLink(ulong nodeId, Span<byte> destination, out int length)
    {
        length = 0;
        Errno errno = GetAttributes(nodeId, out NodeAttributes attributes);
        if (errno != Errno.None || attributes.Mode != Link)
        {
            return errno == Errno.None ? Errno.EINVAL : errno;
        }

        byte[] target = Content(nodeId);
        target.CopyTo(destination);
        length = target.Length;
        return Errno.None;
    }

    public Errno Read(ulong nodeId, ulong offset, Span<byte> destination, out int length)
    {
        length = 0;
        Errno errno = GetAttributes(nodeId, out NodeAttributes attributes);
        if (errno != Errno.None || attributes.Mode == Directory)
        {
            return errno == Errno.None ? Errno.EISDIR : errno;
        }

        byte[] content = Content(nodeId);
        if (offset < (ulong)content.Length)
        {
            length = Math.Min(destination.Length, content.Length - (int)offset);
            content.AsSpan((int)offset, length).CopyTo(destination);
        }

        return Errno.None;
    }

    public Errno ReadDirectory(ulong nodeId, ulong offset, ref DirectoryWriter writer)
    {
        Errno errno = GetAttributes(nodeId, out NodeAttributes self);
        if (errno != Errno.None || self.Mode != Directory)
        {
            return errno == Errno.None ? Errno.ENOTDIR : errno;
        }

        _ = GetAttributes(_nodes[(int)nodeId - 1].Parent, out NodeAttributes parent);
        if (offset < 1 && !writer.TryAdd("."u8, 1, self))
        {
            return Errno.None;
        }

        if (offset < 2 && !writer.TryAdd(".."u8, 2, parent))
        {
            return Errno.None;
        }

        for (int i = (int)Math.Min(Math.Max(offset, 2) - 1, (ulong)_nodes.Count); i < _nodes.Count; i++)
        {
            if (_nodes[i].Parent == nodeId && !writer.TryAdd(_nodes[i].Name, (ulong)i + 2, _nodes[i].Attributes))
            {
                return Errno.None;
            }
        }

        return Errno.None;
    }

    public void GetStatistics(out FileSystemStatistics statistics) => statistics = new FileSystemStatistics
    {
        Blocks = 77,
        Files = (ulong)_nodes.Count,
        BlockSize = 4096,
        NameLength = 255,
    };

    private void Add(ulong parent, string name, uint mode, byte[] content) => _nodes.Add(new Node(
        parent,
        Encoding.UTF8.GetBytes(name),
        content,
        new NodeAttributes
        {
            NodeId = (ulong)_nodes.Count + 1,
            Generation = _nodes.Count == 0 ? 0 : 7u,
            Size = (ulong)content.Length,
            ModifiedSeconds = 0x65000000,
            ModifiedNanoseconds = 500,
            ChangedSeconds = 0x65000001,
            ChangedNanoseconds = 400,
            Mode = mode,
            LinkCount = mode == Directory ? 2u : 1u,
        }));

    private sealed record Node(ulong Parent, byte[] Name, byte[] Content, NodeAttributes Attributes);
}
