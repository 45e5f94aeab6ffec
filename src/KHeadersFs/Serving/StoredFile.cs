using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Serving;

/// <summary>Reads a file of a store for the program itself.</summary>
internal static class StoredFile
{
    /// <summary>
    /// The first bytes of the file at <paramref name="path"/>, as text, at most <paramref name="length"/> of them; null if there is no such
    /// file.
    /// </summary>
    /// <exception cref="Archive.ArchiveException">The store is damaged.</exception>
    internal static string? ReadText(HeaderStore store, string path, int length)
    {
        if (Find(store, path) is not { } node)
        {
            return null;
        }

        byte[] bytes = new byte[(int)Math.Min((ulong)length, store.Nodes.Size(node))];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, store.Read(node, 0, bytes)));
    }

    /// <summary>The node of the file at <paramref name="path"/>; null if there is no such file.</summary>
    internal static int? Find(HeaderStore store, string path)
    {
        int slash = path.LastIndexOf('/');
        int node = SubTree.Find(store.Nodes, path[..Math.Max(slash, 0)]) is { } directory
            ? store.Nodes.Lookup(directory, Encoding.UTF8.GetBytes(path[(slash + 1)..]))
            : -1;
        return node >= 0 && store.Nodes.Kind(node) == NodeKind.File ? node : null;
    }
}
