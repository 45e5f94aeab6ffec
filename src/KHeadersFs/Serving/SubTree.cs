using System.Text;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Serving;

/// <summary>Finds the directory that -o subdir makes the root.</summary>
internal static class SubTree
{
    /// <summary>
    /// The directory at <paramref name="path"/> below <paramref name="start"/> ("." and empty components are passed over), or null.
    /// </summary>
    internal static int? Find(NodeTable nodes, string path, int start = 0)
    {
        int node = start;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static n => n is not "."))
        {
            node = nodes.Lookup(node, Encoding.UTF8.GetBytes(name));
            if (node < 0 || nodes.Kind(node) != NodeKind.Directory)
            {
                return null;
            }
        }

        return node;
    }
}
