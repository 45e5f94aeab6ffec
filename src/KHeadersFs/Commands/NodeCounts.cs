using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Commands;

/// <summary>How many names of each kind a tree has.</summary>
/// <param name="Files">Regular files, hard links too.</param>
/// <param name="Directories">Directories, the root among them.</param>
/// <param name="Links">Symbolic links.</param>
internal readonly record struct NodeCounts(int Files, int Directories, int Links)
{
    /// <summary>Counts all nodes.</summary>
    internal static NodeCounts Of(NodeTable nodes)
    {
        int files = 0;
        int directories = 0;
        for (int node = 0; node < nodes.Count; node++)
        {
            files += nodes.Kind(node) == NodeKind.File ? 1 : 0;
            directories += nodes.Kind(node) == NodeKind.Directory ? 1 : 0;
        }

        return new NodeCounts(files, directories, nodes.Count - files - directories);
    }
}
