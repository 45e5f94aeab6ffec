using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Archive.Tests;

/// <summary>A store as tests look at it: by path.</summary>
internal static class StoreExtensions
{
    /// <summary>The node at <paramref name="path"/>, or -1.</summary>
    internal static int Find(this HeaderStore store, string path)
    {
        int node = 0;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node < 0 || store.Nodes.Kind(node) != NodeKind.Directory
                ? -1
                : store.Nodes.Lookup(node, Encoding.UTF8.GetBytes(name));
        }

        return node;
    }

    /// <summary>All of a file, read by 1,000 bytes.</summary>
    internal static byte[] ReadAll(this HeaderStore store, string path)
    {
        int node = store.Find(path);
        Assert.True(node >= 0, path + " is missing");
        var all = new MemoryStream();
        Span<byte> buffer = stackalloc byte[1000];
        while (store.Read(node, (ulong)all.Length, buffer) is int read and > 0)
        {
            all.Write(buffer[..read]);
        }

        return all.ToArray();
    }

    internal static string ReadText(this HeaderStore store, string path) => Encoding.UTF8.GetString(store.ReadAll(path));

    /// <summary>The paths of all nodes, in node order.</summary>
    internal static string[] Paths(this HeaderStore store)
    {
        NodeTable nodes = store.Nodes;
        var paths = new string[nodes.Count];
        paths[0] = "";
        for (int i = 1; i < nodes.Count; i++)
        {
            paths[i] = $"{paths[nodes.Parent(i)]}/{Encoding.UTF8.GetString(nodes.Name(i))}";
        }

        return paths;
    }
}
