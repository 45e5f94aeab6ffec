namespace KHeadersFs.Archive.Tree;

/// <summary>
/// Symlinks that lead to nothing in the tree, or out of it. Android's Bazel builds pack links into the build's sandbox instead of
/// headers (bcc#4503): such an archive is served as it is, and what includes them does not compile.
/// </summary>
/// <param name="Count">How many there are.</param>
/// <param name="First">The first of them; -1 when there is none.</param>
internal readonly record struct DanglingLinks(int Count, int First)
{
    /// <summary>MAXSYMLINKS of linux/namei.h: more of them on the way to one name are ELOOP.</summary>
    private const int MaxLinks = 40;

    /// <summary>Follows every symlink of <paramref name="nodes"/>.</summary>
    internal static DanglingLinks Of(NodeTable nodes)
    {
        var found = new DanglingLinks(0, -1);
        for (int node = 0; node < nodes.Count; node++)
        {
            int followed = 1;
            if (nodes.Kind(node) == NodeKind.Symlink && Follow(nodes, node, ref followed) < 0)
            {
                found = new DanglingLinks(found.Count + 1, found.Count == 0 ? node : found.First);
            }
        }

        return found;
    }

    /// <summary>What a symlink leads to, or -1.</summary>
    private static int Follow(NodeTable nodes, int link, ref int followed)
    {
        ReadOnlySpan<byte> target = nodes.Target(link);
        if (target.StartsWith("/"u8))
        {
            return -1;
        }

        int node = nodes.Parent(link);
        foreach (Range range in target.Split((byte)'/'))
        {
            node = Step(nodes, node, target[range], ref followed);
            if (node < 0)
            {
                break;
            }
        }

        return node;
    }

    private static int Step(NodeTable nodes, int directory, ReadOnlySpan<byte> name, ref int followed)
    {
        if (nodes.Kind(directory) != NodeKind.Directory)
        {
            return -1;
        }

        if (name.IsEmpty || name.SequenceEqual("."u8))
        {
            return directory;
        }

        if (name.SequenceEqual(".."u8))
        {
            return directory == 0 ? -1 : nodes.Parent(directory);
        }

        int node = nodes.Lookup(directory, name);
        return node < 0 || nodes.Kind(node) != NodeKind.Symlink ? node
            : ++followed > MaxLinks ? -1
            : Follow(nodes, node, ref followed);
    }
}
