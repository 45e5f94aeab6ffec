namespace KHeadersFs.Archive.Tree;

/// <summary>
/// Grows a tree from members in archive order: parents that have no member of their own are made up, a later member
/// replaces an earlier one of the same name, and a directory met again keeps its entries.
/// </summary>
internal sealed class TreeBuilder(int maxNodes)
{
    /// <summary>0755 without the write bits: what a directory that has no member of its own is served with.</summary>
    private const ushort MadeUpPermissions = 0x16D;

    private int _nodes = 1;

    /// <summary>The directory that is mounted.</summary>
    internal TreeNode Root { get; } = TreeNode.NewDirectory(MadeUpPermissions, 0, 0);

    /// <summary>
    /// Puts <paramref name="node"/> at <paramref name="path"/>; an empty path is the root. Returns false, the tree
    /// unchanged, when something that is not a directory stands on the way.
    /// </summary>
    internal bool TryAdd(ReadOnlySpan<string> path, TreeNode node)
    {
        if (path.IsEmpty)
        {
            return node.Kind == NodeKind.Directory && Refresh(Root, node);
        }

        TreeNode? parent = MakeParents(path[..^1], node);
        if (parent is null)
        {
            return false;
        }

        string name = path[^1];
        if (!parent.Children!.TryGetValue(name, out TreeNode? earlier))
        {
            Count();
        }
        else if (earlier.Kind == NodeKind.Directory && node.Kind == NodeKind.Directory)
        {
            return Refresh(earlier, node);
        }

        parent.Children[name] = node;
        return true;
    }

    /// <summary>The node at <paramref name="path"/>, or null.</summary>
    internal TreeNode? Find(ReadOnlySpan<string> path)
    {
        TreeNode? node = Root;
        foreach (string name in path)
        {
            if (node?.Children is null || !node.Children.TryGetValue(name, out node))
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

    private TreeNode? MakeParents(ReadOnlySpan<string> path, TreeNode member)
    {
        TreeNode directory = Root;
        foreach (string name in path)
        {
            if (!directory.Children!.TryGetValue(name, out TreeNode? next))
            {
                Count();
                next = TreeNode.NewDirectory(MadeUpPermissions, member.ModifiedSeconds, member.ModifiedNanoseconds);
                directory.Children.Add(name, next);
            }

            if (next.Kind != NodeKind.Directory)
            {
                return null;
            }

            directory = next;
        }

        return directory;
    }

    private void Count()
    {
        if (++_nodes > maxNodes)
        {
            throw new ArchiveException($"has more than {maxNodes} members, so it is not a kernel's headers archive; give a kheaders.tar.xz");
        }
    }
}
