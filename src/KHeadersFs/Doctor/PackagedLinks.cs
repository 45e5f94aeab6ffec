using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Doctor;

/// <summary>What dpkg's lists of files know of headers. They are read as they are: asking dpkg would take a process for each question.</summary>
internal static class PackagedLinks
{
    /// <summary>A file NAME.list for each package, with a path in each line (dpkg-query(1), "--listfiles").</summary>
    private const string Lists = "/var/lib/dpkg/info";

    private const string Suffix = ".list";

    /// <summary>All of them, in no order; none where there is no dpkg.</summary>
    internal static IEnumerable<PackagedLink> All() => PosixDirectory.List(Lists)
        .Where(static name => name.EndsWith(Suffix, StringComparison.Ordinal))
        .SelectMany(static name => Of(name[..^Suffix.Length]));

    private static List<PackagedLink> Of(string package)
    {
        var links = new List<PackagedLink>();
        ReadOnlySpan<byte> list = ReadList(package);
        ReadOnlySpan<byte> end = "/build\n"u8;
        for (int at; (at = list.IndexOf(end)) >= 0; list = list[(at + end.Length)..])
        {
            ReadOnlySpan<byte> line = list[(list[..at].LastIndexOf((byte)'\n') + 1)..at];
            if (ReleaseOf(line) is { } release && !IsDirectory(line, list[(at + end.Length)..]))
            {
                links.Add(new PackagedLink(package, release, $"{InstalledModule.Place}/{release}/build"));
            }
        }

        return links;
    }

    /// <summary>The kernel, of a path without its last name; null if it is none where kernels have their headers.</summary>
    private static string? ReleaseOf(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> place = "/lib/modules/"u8;
        ReadOnlySpan<byte> name = path.StartsWith("/usr/"u8) ? path["/usr"u8.Length..] : path;
        return name.StartsWith(place) && name[place.Length..].IndexOf((byte)'/') < 0 ? PathText.FromBytes(name[place.Length..]) : null;
    }

    /// <summary>A package that brings a directory brings something in it, which stands after it in the list.</summary>
    private static bool IsDirectory(ReadOnlySpan<byte> path, ReadOnlySpan<byte> rest) =>
        rest.IndexOf((byte[])[.. path, .. "/build/"u8]) >= 0;

    private static byte[] ReadList(string package)
    {
        try
        {
            return PosixFile.ReadAll($"{Lists}/{package}{Suffix}");
        }
        catch (PosixException)
        {
            return []; // removed meanwhile
        }
    }
}
