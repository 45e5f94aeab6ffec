using System.IO.Compression;
using System.Text;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Sources;

/// <summary>Configurations of kernels, where they can be read.</summary>
internal static class KernelConfig
{
    private const string Key = "CONFIG_IKHEADERS";

    /// <summary>What a kernel says about CONFIG_IKHEADERS: "y", "m", "n" for "is not set", or null when no configuration can be read.</summary>
    internal static string? HeadersSetting(string release, ModulePlaces? places = null)
    {
        foreach ((_, byte[] text) in Of(release, places))
        {
            string? line = Encoding.UTF8.GetString(text).Split('\n').FirstOrDefault(static l => l.StartsWith(Key + "=", StringComparison.Ordinal));
            return line is null ? "n" : line[(Key.Length + 1)..].TrimEnd('\r');
        }

        return null;
    }

    /// <summary>The configurations that this system has of a kernel's release, each with its path: the kernel's own first.</summary>
    internal static IEnumerable<(string Path, byte[] Text)> Of(string release, ModulePlaces? places = null)
    {
        foreach ((string path, SafeFileHandle file) in Open(release, places))
        {
            using (file)
            {
                if (TryRead(path, file) is { Length: > 0 } text)
                {
                    yield return (path, text);
                }
            }
        }
    }

    /// <summary>Their files, which are the caller's.</summary>
    /// <param name="release">The kernel's; an archive may tell any.</param>
    /// <param name="places">Where its modules may be; null for the usual places of this system.</param>
    internal static IEnumerable<(string Path, SafeFileHandle File)> Open(string release, ModulePlaces? places = null)
    {
        if (release.AsSpan().ContainsAny('/', '\0'))
        {
            yield break;
        }

        string[] own = string.Equals(release, KernelArchive.RunningRelease, StringComparison.Ordinal) ? ["/proc/config.gz"] : [];
        ModulePlaces all = places ?? ModulePlaces.Usual;
        string[] others = [$"/boot/config-{release}", .. all.All.Select(place => $"{place}/{release}/config"), $"/usr/lib/modules/{release}/config"];
        foreach (string place in own.Concat(others.Select(all.At)))
        {
            if (PosixFile.TryOpen(place) is { } file)
            {
                yield return (place, file);
            }
        }
    }

    /// <summary>The text in a file of that name; null where it cannot be read.</summary>
    internal static byte[]? TryRead(string path, SafeFileHandle file)
    {
        try
        {
            byte[] bytes = PosixFile.ReadAll(file, path);
            if (!path.EndsWith(".gz", StringComparison.Ordinal))
            {
                return bytes;
            }

            using var packed = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using var text = new MemoryStream();
            packed.CopyTo(text);
            return text.ToArray();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return null;
        }
    }
}
