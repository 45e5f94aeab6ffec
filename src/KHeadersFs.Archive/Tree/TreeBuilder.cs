using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Tree;

/// <summary>
/// Grows a tree from members in archive order: parents that have no member of their own are made up, a later member
/// replaces an earlier one of the same name, and a directory met again keeps its entries.
/// </summary>
internal sealed class TreeBuilder(int maxNodes)
{
    /// <summary>0755 without the write bits: what a directory that has no member of its own is served with.</summary>
    private const ushort MadeUpPermissions = 0x16D;

    /// <summary>The directory that is mounted.</summary>
    internal TreeNode Root { get; } = TreeNode.NewDirectory(MadeUpPermissions, 0, 0);

    /// <summary>Number of names, that of the root among them.</summary>
    internal int Nodes { get; private set; } = 1;

    /// <summary>
    /// Puts <paramref name="node"/> at <paramref name="path"/>; an empty path is the root. Returns false when something that is
    /// not a directory stands on the way.
    /// </summary>
    internal bool TryAdd(MemberPath path, TreeNode node)
    {
        if (!path.TryTake(out ReadOnlySpan<char> name))
        {
            return node.Kind == NodeKind.Directory && Refresh(Root, node);
        }

        TreeNode directory = Root;
        while (path.TryTake(out ReadOnlySpan<char> below))
        {
            directory = Enter(directory, name, node);
            if (directory.Kind != NodeKind.Directory)
            {
                return false;
            }

            name = below;
        }

        var children = directory.Children!.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!children.TryGetValue(name, out TreeNode? earlier))
        {
            Count();
        }
        else if (earlier.Kind == NodeKind.Directory && node.Kind == NodeKind.Directory)
        {
            return Refresh(earlier, node);
        }

        children[name] = node;
        return true;
    }

    /// <summary>The node at <paramref name="path"/>, or null.</summary>
    internal TreeNode? Find(MemberPath path)
    {
        TreeNode? node = Root;
        while (path.TryTake(out ReadOnlySpan<char> name))
        {
            if (node?.Children is null || !node.Children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }

    private static bool Refresh(TreeNode directory, TreeNode from)
    {
        directory.Permissions = from.Permissions;
        directory.ModifiedSeconds = from.ModifiedSeconds;
        directory.ModifiedNanoseconds = from.ModifiedNanoseconds;
        return true;
    }

    /// <summary>What is at a name of a directory, which is made up with the times of the member that needs it.</summary>
    private TreeNode Enter(TreeNode directory, ReadOnlySpan<char> name, TreeNode member)
    {
        var children = directory.Children!.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!children.TryGetValue(name, out TreeNode? next))
        {
            Count();
            next = TreeNode.NewDirectory(MadeUpPermissions, member.ModifiedSeconds, member.ModifiedNanoseconds);
            children[name] = next;
        }

        return next;
    }

    private void Count()
    {
        if (++Nodes > maxNodes)
        {
            throw new ArchiveException($"has more than {maxNodes} members, so it is not a kernel's headers archive; give a kheaders.tar.xz");
        }
    }
}
