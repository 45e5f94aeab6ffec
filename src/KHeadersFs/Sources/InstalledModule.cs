using System.Text;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Sources;

/// <summary>Where the file of an installed kernel's module kheaders is.</summary>
internal static class InstalledModule
{
    /// <summary>Where the modules of all installed kernels are.</summary>
    internal const string Place = "/lib/modules";

    private const string FileName = "kheaders.ko"; // and .xz, .zst or .gz behind it
    private const int ChunkSize = 8 << 10;

    /// <summary>
    /// The file, or null. depmod(8) lists the one that modprobe(8) would load, wherever it is: in updates, extra or weak-updates as well.
    /// Where it lists none that is there, the place is that of kernel/kheaders.c in the kernel's sources.
    /// </summary>
    internal static string? FindFile(string release)
    {
        if (FindListed(ListOf(release)) is { } listed)
        {
            string path = listed.StartsWith('/') ? listed : $"{Place}/{release}/{listed}";
            if (PosixFile.Exists(path))
            {
                return path;
            }
        }

        string directory = DirectoryOf(release);
        return PosixDirectory.List(directory).Find(static n => n.StartsWith(FileName, StringComparison.Ordinal)) is { } name ? $"{directory}/{name}" : null;
    }

    /// <summary>Says that there is none, and where it was looked for.</summary>
    internal static string Absence(string release) => $"{ListOf(release)} names no kheaders.ko that is there, and {DirectoryOf(release)} has none";

    private static string DirectoryOf(string release) => $"{Place}/{release}/kernel/kernel";

    private static string ListOf(string release) => $"{Place}/{release}/modules.dep";

    /// <summary>The path that the list has for the module. It is read piece by piece: a distribution's has half a megabyte.</summary>
    private static string? FindListed(string list)
    {
        using SafeFileHandle? file = PosixFile.TryOpen(list);
        Span<byte> chunk = stackalloc byte[ChunkSize];
        int held = 0;
        while (file is not null && TryRead(file, chunk[held..]) is int read and > 0)
        {
            ReadOnlySpan<byte> rest = chunk[..(held + read)];
            while (rest.IndexOf((byte)'\n') is >= 0 and int end)
            {
                if (PathIn(rest[..end]) is { } path)
                {
                    return path;
                }

                rest = rest[(end + 1)..];
            }

            // A path is at the start of its line; of a line that is longer than the chunk the rest has none.
            held = rest.Length < ChunkSize ? rest.Length : 0;
            rest[..held].CopyTo(chunk);
        }

        return null;
    }

    /// <summary>That of a line "PATH: PATHS THAT IT NEEDS" (modules.dep(5)), if it is the module's.</summary>
    private static string? PathIn(ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf((byte)':');
        if (end < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> path = line[..end];
        ReadOnlySpan<byte> name = path[(path.LastIndexOf((byte)'/') + 1)..];
        return name.Length >= FileName.Length && Ascii.Equals(name[..FileName.Length], FileName) ? PathText.FromBytes(path) : null;
    }

    /// <summary>As for a list that is not there, nothing depends on whether it can be read.</summary>
    private static int TryRead(SafeFileHandle file, Span<byte> buffer)
    {
        try
        {
            return PosixFile.Read(file, buffer);
        }
        catch (PosixException)
        {
            return 0;
        }
    }
}
