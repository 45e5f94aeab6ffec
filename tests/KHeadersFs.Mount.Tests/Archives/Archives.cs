namespace KHeadersFs.Mount.Tests;

/// <summary>The archives that are mounted: a folder of them, made by the scripts that make the build's own archive.</summary>
public static class Archives
{
    private static readonly string Folder =
        Environment.GetEnvironmentVariable("KHEADERSFS_ARCHIVES") ?? Path.Combine(Subject.RepositoryRoot(), "out", "archives");

    /// <summary>The file names of all archives. No folder, or an empty one, fails every theory over it.</summary>
    public static TheoryData<string> All => Directory.Exists(Folder)
        ? [.. Directory.GetFiles(Folder, "*.tar.xz").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : throw new DirectoryNotFoundException($"{Folder} does not exist: make the archives, or set KHEADERSFS_ARCHIVES");

    /// <summary>A real kernel's archive as xz 5.4 writes it: one block.</summary>
    internal static string Real => Named("kheaders.tar.xz");

    internal static string Named(string name) => Path.Combine(Folder, name);

    /// <summary>Whether this archive keeps its own xz blocks: all at most 1 MiB, as xz --list tells it.</summary>
    internal static bool HasSmallBlocks(string path)
    {
        ProcessRun list = ProcessRun.Of(["xz", "--robot", "--list", "-v", path]).Succeeded();
        return list.Output.Split('\n')
            .Where(static line => line.StartsWith("block\t", StringComparison.Ordinal))
            .All(static line => long.Parse(line.Split('\t')[7], System.Globalization.CultureInfo.InvariantCulture) <= 1 << 20);
    }
}
