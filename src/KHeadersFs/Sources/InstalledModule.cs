using System.Text;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Sources;

/// <summary>Where the file of an installed kernel's module kheaders is.</summary>
internal static class InstalledModule
{
    /// <summary>Where the modules of installed kernels are on most systems: the first of <see cref="ModulePlaces"/>.</summary>
    internal const string Place = "/lib/modules";

    private const string FileName = "kheaders.ko"; // and .xz, .zst or .gz behind it
    private const int ChunkSize = 8 << 10;

    /// <summary>
    /// The file, or null. depmod(8) lists the one that modprobe(8) would load, wherever it is: in updates, extra or weak-updates as well.
    /// Where it lists none that is there, the place is that of kernel/kheaders.c in the kernel's sources, or the directory itself, as Android has it.
    /// </summary>
    /// <param name="release">The kernel's.</param>
    /// <param name="places">Where to look; null for the usual places of this system.</param>
    internal static string? FindFile(string release, ModulePlaces? places = null)
    {
        ModulePlaces all = places ?? ModulePlaces.Usual;
        return all.DirectoriesOf(release).Select(directory => FindIn(directory, all)).FirstOrDefault(static file => file is not null);
    }

    /// <summary>Says that there is none, and where it was looked for: also the other places, those that there are.</summary>
    internal static string Absence(string release, ModulePlaces? places = null)
    {
        ModulePlaces all = places ?? ModulePlaces.Usual;
        string first = all.At($"{all.All[0]}/{release}");
        string[] others = [.. all.All.Skip(all.Given is null ? 1 : 0).Select(all.At).Where(PosixDirectory.Exists).Distinct(StringComparer.Ordinal)];
        return $"{ListIn(first)} names no kheaders.ko that is there, and {UsualIn(first)} has none"
            + (others is [] ? "" : $", nor has {string.Join(" or ", others)}");
    }

    private static string? FindIn(string directory, ModulePlaces places)
    {
        if (FindListed(places.At(ListIn(directory))) is { } listed)
        {
            string path = places.At(listed.StartsWith('/') ? listed : $"{directory}/{listed}");
            if (PosixFile.Exists(path))
            {
                return path;
            }
        }

        string[] candidates = [UsualIn(directory), directory];
        foreach (string candidate in candidates.Select(places.At))
        {
            if (PosixDirectory.List(candidate).Find(static n => n.StartsWith(FileName, StringComparison.Ordinal)) is { } name)
            {
                return $"{candidate}/{name}";
            }
        }

        return null;
    }

    private static string UsualIn(string directory) => $"{directory}/kernel/kernel";

    private static string ListIn(string directory) => $"{directory}/modules.dep";

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
