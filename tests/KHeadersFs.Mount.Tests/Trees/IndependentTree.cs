using System.Collections.Concurrent;
using System.Security.Cryptography;
using SharpCompress.Common;
using SharpCompress.Compressors.Xz;
using SharpCompress.Readers;
using SharpCompress.Readers.Tar;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// An archive as SharpCompress reads it, whose .xz decoder and whose tar reader are both independent of the program's (and of xz and GNU
/// tar): the second judge of what a mount must look like. Each archive is read once in a run.
/// </summary>
internal sealed class IndependentTree
{
    private static readonly ConcurrentDictionary<string, Lazy<IndependentTree>> s_read = new(StringComparer.Ordinal);

    private readonly Dictionary<string, IndependentEntry> _entries = new(StringComparer.Ordinal);

    private IndependentTree(string archive)
    {
        using FileStream file = File.OpenRead(archive);
        using Stream tar = archive.EndsWith(".xz", StringComparison.Ordinal) ? DecodeXz(file) : file; // TarReader knows the others
        using IReader reader = TarReader.OpenReader(tar);
        while (reader.MoveToNextEntry())
        {
            Add(reader);
        }
    }

    /// <summary>The tree of an archive, read now unless it has been before.</summary>
    internal static IndependentTree Of(string archive) =>
        s_read.GetOrAdd(archive, static path => new Lazy<IndependentTree>(() => new IndependentTree(path))).Value;

    /// <summary>All that is otherwise in <paramref name="actual"/>.</summary>
    internal IReadOnlyList<string> Differences(TreeSnapshot actual)
    {
        List<string> differences = [];
        HashSet<string> parents = [string.Empty];
        foreach ((string path, IndependentEntry expected) in _entries)
        {
            for (string? parent = Path.GetDirectoryName(path); !string.IsNullOrEmpty(parent) && parents.Add(parent);)
            {
                parent = Path.GetDirectoryName(parent);
            }

            string? difference = actual.Entries.TryGetValue(path, out TreeEntry? found) ? Difference(expected, found, actual) : "missing";
            if (difference is not null)
            {
                differences.Add($"{path}: {difference}");
            }
        }

        differences.AddRange(actual.Entries.Keys.Where(path => !_entries.ContainsKey(path) && !parents.Contains(path))
            .Select(static path => $"{path}: not in the archive"));
        return [.. differences.Select(static difference => $"SharpCompress: {difference}")];
    }

    private static string? Difference(IndependentEntry expected, TreeEntry found, TreeSnapshot actual)
    {
        if (expected.IsDirectory != found.IsDirectory)
        {
            return $"{found.Type}, directory: {expected.IsDirectory}";
        }

        // A hard link has the time of the file that it is a name of.
        DateTime modified = DateTime.UnixEpoch.AddSeconds(found.Stat.st_mtime).AddTicks(found.Stat.st_mtime_nsec / 100);
        if ((expected.Target is null || found.IsLink) && expected.Modified is { } time && time.ToUniversalTime() != modified)
        {
            return $"modification time {modified:O}, not {time:O}";
        }

        if (expected.Target is not null)
        {
            return found.IsLink
                ? string.Equals(found.LinkTarget, expected.Target, StringComparison.Ordinal) ? null : $"target {found.LinkTarget}, not {expected.Target}"
                : actual.Entries.TryGetValue(Relative(expected.Target), out TreeEntry? other) && other.Stat.st_ino == found.Stat.st_ino
                    ? null
                    : $"not the same file as {expected.Target}";
        }

        if (expected.IsDirectory)
        {
            return null;
        }

        if (!found.IsFile || found.Stat.st_size != expected.Size)
        {
            return $"{found.Type} of {found.Stat.st_size} bytes, not a file of {expected.Size}";
        }

        using FileStream content = File.OpenRead(actual.FullPath(found));
        return string.Equals(Convert.ToHexString(SHA256.HashData(content)), expected.Content, StringComparison.Ordinal) ? null : "content";
    }

    private void Add(IReader reader)
    {
        IEntry entry = reader.Entry;
        string content = string.Empty;
        if (!entry.IsDirectory && entry.LinkTarget is null)
        {
            using EntryStream body = reader.OpenEntryStream();
            content = Convert.ToHexString(SHA256.HashData(body));
        }

        // The last of several members of one name wins.
        _entries[Relative(entry.Key!)] = new IndependentEntry(entry.IsDirectory, entry.Size, content, entry.LinkTarget, entry.LastModifiedTime);
    }

    private static MemoryStream DecodeXz(FileStream file)
    {
        // One XZStream reads one stream; a file may be several, with zeros between them (the .xz format, 2).
        var decoded = new MemoryStream();
        while (SkipPadding(file))
        {
            using var xz = new XZStream(file);
            xz.CopyTo(decoded);
        }

        decoded.Position = 0;
        return decoded;
    }

    private static bool SkipPadding(FileStream file)
    {
        int next;
        while ((next = file.ReadByte()) == 0)
        {
        }

        if (next < 0)
        {
            return false;
        }

        file.Position--;
        return true;
    }

    private static string Relative(string name) =>
        string.Join('/', name.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(static part => part is not "."));
}
