using System.Globalization;
using System.Text;

namespace KHeadersFs.Archive.Tests;

/// <summary>
/// The listings of all folders below one, by their names: find(1) and sha256sum(1) are started once for all. Devices and pipes,
/// which are never served, are left out.
/// </summary>
internal static class FolderListings
{
    /// <summary>linux/limits.h: nothing can be opened by a longer path, so such a file is listed without its content.</summary>
    private const int PathMax = 4096;

    private const string Script = """
        cd "$1" || exit
        find . -mindepth 1 -printf '%P\0%y\0%s\0%m\0%l\0%i\0%T@\0'
        printf '\0'
        find . -type f -size -65537k -print0 | xargs -0r sha256sum -z -- 2>/dev/null
        find . -type f -size +65536k -print0 | while IFS= read -r -d '' file; do
          { head -c 65536 -- "$file"; tail -c 65536 -- "$file"; } | sha256sum | tr -d '\n -'
          printf '  %s\0' "$file"
        done
        """;

    /// <param name="folder">The folder of folders.</param>
    /// <param name="since">What was modified after this has the time of its unpacking, which says nothing.</param>
    internal static Dictionary<string, Listing> Of(string folder, DateTimeOffset since)
    {
        string[] fields = Encoding.Latin1.GetString(ToolRun.Of("bash", ["-c", Script, "bash", folder])).Split('\0');
        Dictionary<string, Listing> listings = new(StringComparer.Ordinal);
        int end = 0;
        while (fields[end].Length > 0)
        {
            end += 7;
        }

        // "DIGEST  ./PATH"
        Dictionary<string, string> digests = fields[(end + 1)..].Where(static f => f.Length > 0)
            .ToDictionary(static f => f[68..], static f => f[..64], StringComparer.Ordinal);
        Dictionary<string, string> first = new(StringComparer.Ordinal);
        foreach (string[] node in fields[..end].Chunk(7).OrderBy(static n => n[0], StringComparer.Ordinal))
        {
            int slash = node[0].IndexOf('/', StringComparison.Ordinal);
            string name = slash < 0 ? node[0] : node[0][..slash];
            string path = slash < 0 ? "" : node[0][(slash + 1)..];
            if (!listings.TryGetValue(name, out Listing? listing))
            {
                listings.Add(name, listing = new Listing());
            }

            if (node[1] is "d" or "f" or "l")
            {
                first.TryAdd(node[5], path);
                listing.Add(path, Node(node, path, first[node[5]], digests, since));
            }
        }

        return listings;
    }

    private static ListedNode Node(
        string[] node, string path, string first, Dictionary<string, string> digests, DateTimeOffset since)
    {
        bool isFile = node[1] is "f";
        int dot = node[6].IndexOf('.', StringComparison.Ordinal);
        long seconds = long.Parse(node[6][..dot], CultureInfo.InvariantCulture);
        uint nanoseconds = uint.Parse(node[6].AsSpan(dot + 1, 9), CultureInfo.InvariantCulture);
        return new ListedNode(
            node[1][0],
            isFile ? long.Parse(node[2], CultureInfo.InvariantCulture) : 0,
            isFile && (Convert.ToInt32(node[3], 8) & 0x49) != 0,
            node[4],
            first,
            isFile && node[0].Length + 2 < PathMax ? digests[node[0]] : "",
            path.Length == 0 || seconds >= since.ToUnixTimeSeconds() ? null : seconds,
            nanoseconds);
    }
}
