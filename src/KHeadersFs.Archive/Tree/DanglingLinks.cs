using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Tree;

/// <summary>
/// The symlinks of a tree that lead nowhere: to a name that is absent, around in a circle, or out of the tree. Absolute
/// targets lead out of it, whatever this machine has there.
/// </summary>
/// <param name="Count">How many there are.</param>
/// <param name="Example">The first, as "path -> target" in one line; empty if there is none.</param>
/// <param name="OnlyLeavesRoot">The example leads to something in the whole tree, though not below the root that was asked for.</param>
/// <param name="IsComplete">All links have been looked at; else there were too many steps on their ways.</param>
public sealed record DanglingLinks(int Count, string Example, bool OnlyLeavesRoot, bool IsComplete)
{
    /// <summary>
    /// Looks at all links below <paramref name="root"/>, a directory, as they lead where it is the root of the mount, until
    /// <paramref name="maxSteps"/> components have been walked.
    /// </summary>
    public static DanglingLinks Find(NodeTable nodes, int root, int maxSteps)
    {
        var resolver = new LinkResolver(nodes, root, maxSteps);
        int count = 0;
        int first = -1;

        // Nodes are numbered breadth first, so what is below the root is one range of numbers on each level.
        for ((int start, int end) = (root, root + 1); start < end;)
        {
            int below = -1;
            int belowEnd = -1;
            for (int node = start; node < end && !resolver.IsExhausted; node++)
            {
                NodeKind kind = nodes.Kind(node);
                if (kind == NodeKind.Directory)
                {
                    below = below < 0 ? nodes.FirstChild(node) : below;
                    belowEnd = nodes.FirstChild(node) + nodes.ChildCount(node);
                }
                else if (kind == NodeKind.Symlink && resolver.Resolve(node) < 0 && !resolver.IsExhausted)
                {
                    first = count++ == 0 ? node : first;
                }
            }

            (start, end) = (below, belowEnd);
        }

        return count == 0
            ? new DanglingLinks(0, "", OnlyLeavesRoot: false, !resolver.IsExhausted)
            : new DanglingLinks(count, Show(nodes, first), new LinkResolver(nodes, 0, maxSteps).Resolve(first) >= 0, !resolver.IsExhausted);
    }

    private static string Show(NodeTable nodes, int link)
    {
        var path = new List<byte>();
        for (int node = link; node != 0; node = nodes.Parent(node))
        {
            path.InsertRange(0, nodes.Name(node));
            path.Insert(0, (byte)'/');
        }

        return $"{PrintableName.Of(CollectionsMarshal.AsSpan(path)[1..])} -> {PrintableName.Of(nodes.Target(link))}";
    }
}
