namespace KHeadersFs.Mount.Tests;

/// <summary>
/// A directory for one test, with a mount point, and the only places where the program could leave a file: its working
/// directory, its TMPDIR and its HOME.
/// </summary>
internal sealed class Scratch : IDisposable
{
    internal Scratch()
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(ScratchSpace.Root, Guid.NewGuid().ToString("N")[..8])).FullName;
        foreach (string name in new[] { MountPoint, Temporary, Home, Work })
        {
            Directory.CreateDirectory(name);
        }
    }

    internal string Path { get; }

    internal string MountPoint => In("mnt");

    internal string Temporary => In("tmp");

    internal string Home => In("home");

    internal string Work => In("work");

    internal Dictionary<string, string> Environment => new(StringComparer.Ordinal)
    {
        ["TMPDIR"] = Temporary,
        ["HOME"] = Home,
        ["XDG_CACHE_HOME"] = Home,
    };

    /// <summary>What has been left where the program could write.</summary>
    internal string[] FilesLeft() =>
        [.. new[] { Temporary, Home, Work }.SelectMany(Directory.EnumerateFileSystemEntries)];

    internal string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file into this scratch directory and returns its path.</summary>
    internal string Write(string name, ReadOnlySpan<byte> content)
    {
        File.WriteAllBytes(In(name), content);
        return In(name);
    }

    public void Dispose()
    {
        foreach (MountEntry mount in MountTable.Read().Where(m => m.Directory.StartsWith(Path, StringComparison.Ordinal)))
        {
            _ = Native.umount2(mount.Directory, Native.MNT_DETACH);
        }

        Directory.Delete(Path, recursive: true);
    }
}
