namespace KHeadersFs.Mount.Tests;

/// <summary>The archives that are mounted: a folder of them, made by the scripts that make the build's own archive.</summary>
public static class Archives
{
    private static readonly string Folder = ScratchSpace.Reachable(
        Environment.GetEnvironmentVariable("KHEADERSFS_ARCHIVES") ?? Path.Combine(Subject.RepositoryRoot(), "out", "archives"));

    /// <summary>One of each kernel and architecture: 6.1, 6.12 and the newest.</summary>
    internal static readonly string[] Kernels =
    [
        "kheaders.tar.xz", "arm64.tar.xz", "trixie-amd64.tar.xz", "trixie-arm64.tar.xz", "sid-amd64.tar.xz", "sid-arm64.tar.xz",
    ];

    /// <summary>
    /// The kinds that must be among them: what scripts/make-archive.sh makes for two architectures, blocks of all sizes, the
    /// modes that kernels up to 6.9 took from their builder's umask, the form of 5.2, Android's links, and other compression than xz.
    /// </summary>
    internal static readonly string[] Required =
    [
        "threads.tar.xz", "blocks-1m.tar.xz", "blocks-256k.tar.xz", "blocks-64k.tar.xz",
        "umask-0002.tar.xz", "umask-0027.tar.xz", "umask-0077.tar.xz", "linux-5.2.tar.xz", "dangling.tar.xz",
        "gzip.tar.gz", "zstd.tar.zst", "plain.tar", .. Kernels,
    ];

    /// <summary>The file names of all archives. No folder, or an empty one, fails every theory over it.</summary>
    public static TheoryData<string> All => [.. Names()];

    /// <summary>One of each kind that may matter to a compiler: another kernel, blocks of the archive's own, other modes, another form.</summary>
    public static TheoryData<string> Compilable =>
        ["kheaders.tar.xz", "arm64.tar.xz", "blocks-256k.tar.xz", "umask-0077.tar.xz", "linux-5.2.tar.xz"];

    /// <summary>A part of it, of 4 MB, in one block as well: where a test takes many damaged copies, and their size is not what it tests.</summary>
    internal const string Part = "ustar.tar.xz";

    /// <summary>A real kernel's archive as xz 5.4 writes it: one block.</summary>
    internal static string Real => Named("kheaders.tar.xz");

    /// <summary>The newest kernel's that there is: of Debian's suite that moves on.</summary>
    internal static string Newest => Named("sid-amd64.tar.xz");

    internal static string Named(string name) => Path.Combine(Folder, name);

    private static IEnumerable<string> Names() => Directory.Exists(Folder)
        ? Directory.GetFiles(Folder, "*.tar*").Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
        : throw new DirectoryNotFoundException($"{Folder} does not exist: make the archives, or set KHEADERSFS_ARCHIVES");
}
