using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Archive.Tests;

/// <summary>Every name of a tree and what it is, by path (Latin-1, no leading slash, "" for the root).</summary>
internal sealed class Listing
{
    /// <summary>Of a file beyond this only the first and the last piece are read: it is a hole.</summary>
    internal const long LargestRead = 64L << 20;

    internal const int PieceOfLarge = 64 << 10;

    private readonly SortedDictionary<string, ListedNode> _nodes = new(StringComparer.Ordinal);

    internal int Count => _nodes.Count;

    internal void Add(string path, ListedNode node) => _nodes.Add(path, node);

    /// <summary>What <paramref name="actual"/> has otherwise, a line each; of what is missing with all below it only the uppermost.</summary>
    internal IEnumerable<string> Differences(Listing actual)
    {
        string missing = "/";
        foreach ((string path, ListedNode expected) in _nodes)
        {
            if (path.StartsWith(missing, StringComparison.Ordinal))
            {
                continue;
            }

            if (!actual._nodes.TryGetValue(path, out ListedNode? found))
            {
                missing = path + "/";
                yield return $"{ListedNode.Show(path)}: missing";
                continue;
            }

            foreach (string difference in expected.Differences(found))
            {
                yield return $"{ListedNode.Show(path)}: {difference}";
            }
        }

        foreach ((string path, ListedNode found) in actual._nodes)
        {
            if (!_nodes.ContainsKey(path))
            {
                yield return $"{ListedNode.Show(path)}: {found.Kind} that is not there";
            }
        }
    }

    internal static Listing Of(HeaderStore store)
    {
        NodeTable nodes = store.Nodes;
        string[] paths = new string[nodes.Count];
        var listing = new Listing();
        Dictionary<int, string> first = [];
        for (int node = 0; node < nodes.Count; node++)
        {
            string parent = node == 0 ? "" : paths[nodes.Parent(node)];
            paths[node] = (parent.Length == 0 ? "" : parent + "/") + Encoding.Latin1.GetString(nodes.Name(node));
        }

        foreach (int node in Enumerable.Range(0, nodes.Count).OrderBy(node => paths[node], StringComparer.Ordinal))
        {
            first.TryAdd(nodes.Inode(node), paths[node]);
            bool isFile = nodes.Kind(node) == NodeKind.File;
            listing.Add(paths[node], new ListedNode(
                nodes.Kind(node) switch { NodeKind.Directory => 'd', NodeKind.File => 'f', _ => 'l' },
                isFile ? (long)nodes.Size(node) : 0,
                isFile && (nodes.Mode(node) & 0x49) != 0,
                nodes.Kind(node) == NodeKind.Symlink ? Encoding.Latin1.GetString(nodes.Target(node)) : "",
                first[nodes.Inode(node)],
                isFile ? Digest(store, node) : "",
                nodes.ModifiedSeconds(node),
                nodes.ModifiedNanoseconds(node)));
        }

        return listing;
    }

    internal static string Digest(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string Digest(HeaderStore store, int file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ulong size = store.Nodes.Size(file);
        if (size <= LargestRead)
        {
            Read(0, size);
        }
        else
        {
            Read(0, PieceOfLarge);
            Read(size - PieceOfLarge, size);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Read(ulong from, ulong to)
        {
            byte[] buffer = new byte[PieceOfLarge - 3]; // never at the borders of blocks
            while (from < to)
            {
                int read = store.Read(file, from, buffer.AsSpan(0, (int)Math.Min((ulong)buffer.Length, to - from)));
                Assert.True(read > 0, string.Create(CultureInfo.InvariantCulture, $"a file ends at {from}, not {size}"));
                hash.AppendData(buffer, 0, read);
                from += (ulong)read;
            }
        }
    }
}
