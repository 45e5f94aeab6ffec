namespace KHeadersFs.Archive.Tests;

/// <summary>A tree for tar programs to pack, and what must come out of it.</summary>
internal sealed record SourceTree(IReadOnlyList<SourceEntry> Entries)
{
    /// <summary>Makes the tree in a folder, which is made too.</summary>
    internal void Make(string folder)
    {
        FileCalls.MakeDirectory(folder);
        foreach (SourceEntry entry in Entries)
        {
            string path = $"{folder}/{entry.Path}";
            switch (entry.Kind)
            {
                case 'd':
                    FileCalls.MakeDirectory(path);
                    break;
                case 'f':
                    FileCalls.WriteFile(path, entry.Content, entry.Executable);
                    break;
                case 'l':
                    FileCalls.MakeSymlink(path, entry.Target);
                    break;
                default:
                    FileCalls.MakeHardLink(path, $"{folder}/{entry.Target}");
                    break;
            }
        }

        // Children first: making them changes their directory's time.
        foreach (SourceEntry entry in Entries.Where(static e => e.Kind != 'h').Reverse())
        {
            FileCalls.SetTime($"{folder}/{entry.Path}", entry.Seconds, entry.Nanoseconds);
        }
    }

    /// <summary>The listing of the tree itself, as any reader must give it.</summary>
    internal Listing ToListing()
    {
        var listing = new Listing();
        listing.Add("", new ListedNode('d', 0, Executable: false, "", "", "", Seconds: null, 0));
        ILookup<string, SourceEntry> links = Entries.Where(static e => e.Kind == 'h').ToLookup(static e => e.Target, StringComparer.Ordinal);
        foreach (SourceEntry entry in Entries.Where(static e => e.Kind != 'h'))
        {
            string[] names = [entry.Path, .. links[entry.Path].Select(static l => l.Path)];
            string first = names.Min(StringComparer.Ordinal)!;
            foreach (string name in names)
            {
                listing.Add(name, new ListedNode(
                    entry.Kind, entry.Content.Length, entry.Executable, entry.Target, first,
                    entry.Kind == 'f' ? Listing.Digest(entry.Content) : "", entry.Seconds, entry.Nanoseconds));
            }
        }

        return listing;
    }

    public override string ToString() => string.Join('\n', Entries);
}
