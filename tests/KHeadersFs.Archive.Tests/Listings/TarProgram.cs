namespace KHeadersFs.Archive.Tests;

/// <summary>A program that writes tars, in one of its formats, and what that format cannot say.</summary>
/// <param name="Name">Program and format, as in a file name.</param>
/// <param name="Script">A line of shell that packs the folder "$1" into the file "$2".</param>
/// <param name="LongestPath">The most bytes of a path, a link's target among them.</param>
/// <param name="LongestPrefix">How many bytes more a path may have in front of a slash (ustar's prefix).</param>
/// <param name="Fractions">Whether times have a fraction.</param>
/// <param name="Late">Whether times beyond 2242 (33 bits) can be said.</param>
/// <param name="Early">Whether times before 1970 can be said; bsdtar says 0, or counts their fractions forwards.</param>
internal sealed record TarProgram(
    string Name, string Script, int LongestPath = int.MaxValue, int LongestPrefix = 0, bool Fractions = false, bool Late = false, bool Early = false)
{
    // "./" in front, "/" behind a directory; a NUL that some writers must have.
    private const int ShortPath = 100 - 4;
    private const int Prefix = 155 - 3;

    // Python's writer gives up at a member that the format has no room for; the others leave it out.
    private const string Python = """
        import os, sys, tarfile
        root = sys.argv[1]
        with tarfile.open(sys.argv[2], "w", format=getattr(tarfile, sys.argv[3]), encoding="utf-8", errors="surrogateescape") as tar:
            for folder, folders, files in os.walk(root):
                for name in ["."] * (folder == root) + folders + files:
                    path = os.path.join(folder, name)
                    try:
                        tar.add(path, os.path.join(".", os.path.relpath(path, root)), recursive=False)
                    except ValueError as error:
                        print(error, file=sys.stderr)
        """;

    internal static TarProgram[] All { get; } =
    [
        Gnu("v7") with { LongestPath = ShortPath },
        Gnu("oldgnu") with { Late = true, Early = true },
        Gnu("gnu") with { Late = true, Early = true },
        Gnu("ustar") with { LongestPath = ShortPath, LongestPrefix = Prefix },
        Gnu("pax") with { Late = true, Early = true, Fractions = true },
        Gnu("gnu", "--sparse --hole-detection=raw", "-sparse") with { Late = true, Early = true },
        Gnu("pax", "--sparse --hole-detection=raw --sparse-version=0.0", "-sparse00") with { Late = true, Early = true, Fractions = true },
        Gnu("pax", "--sparse --hole-detection=raw --sparse-version=0.1", "-sparse01") with { Late = true, Early = true, Fractions = true },
        Gnu("pax", "--sparse --hole-detection=raw --sparse-version=1.0", "-sparse10") with { Late = true, Early = true, Fractions = true },
        Bsd("v7") with { LongestPath = ShortPath },
        Bsd("ustar") with { LongestPath = ShortPath, LongestPrefix = Prefix },
        Bsd("gnutar"),
        Bsd("pax") with { Late = true, Fractions = true },
        Of("USTAR_FORMAT", "ustar") with { LongestPath = ShortPath, LongestPrefix = Prefix },
        Of("GNU_FORMAT", "gnu") with { Late = true, Early = true },
        Of("PAX_FORMAT", "pax") with { Late = true, Early = true, Fractions = true },
        new("busybox", """busybox tar -cf "$2" -C "$1" ."""),
    ];

    /// <summary>Whether a link's target can be written.</summary>
    internal bool CanWriteTarget(string target) => target.Length <= LongestPath;

    /// <summary>Whether a path can be written.</summary>
    internal bool CanWrite(string path)
    {
        if (path.Length <= LongestPath)
        {
            return true;
        }

        int slash = path.IndexOf('/', Math.Max(path.Length - LongestPath, 0));
        return slash >= 0 && slash <= LongestPrefix;
    }

    private static TarProgram Gnu(string format, string options = "", string suffix = "") =>
        new($"gnu-{format}{suffix}", $"""tar --format={format} {options} -cf "$2" -C "$1" .""");

    private static TarProgram Bsd(string format) => new($"bsd-{format}", $"""bsdtar --format={format} -cf "$2" -C "$1" .""");

    private static TarProgram Of(string constant, string format) =>
        new($"python-{format}", $"/usr/bin/python3 -I -S -c '{Python}' \"$1\" \"$2\" {constant}");
}
