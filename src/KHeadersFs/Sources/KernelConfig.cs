using System.IO.Compression;
using KHeadersFs.Posix;

namespace KHeadersFs.Sources;

/// <summary>What the running kernel's configuration says about CONFIG_IKHEADERS, where it can be read.</summary>
internal static class KernelConfig
{
    private const string Key = "CONFIG_IKHEADERS";

    /// <summary>"y", "m", "n" for "is not set", or null when no configuration can be read.</summary>
    internal static string? HeadersSetting(string release)
    {
        string[] places =
        [
            "/proc/config.gz", $"/boot/config-{release}", $"/lib/modules/{release}/config", $"/usr/lib/modules/{release}/config",
        ];
        foreach (string place in places)
        {
            if (Search(place) is { } setting)
            {
                return setting;
            }
        }

        return null;
    }

    private static string? Search(string path)
    {
        try
        {
            using Stream file = new MemoryStream(PosixFile.ReadAll(path));
            using Stream text = path.EndsWith(".gz", StringComparison.Ordinal)
                ? new GZipStream(file, CompressionMode.Decompress)
                : file;
            using var reader = new StreamReader(text);
            while (reader.ReadLine() is { } line)
            {
                if (line.StartsWith(Key + "=", StringComparison.Ordinal))
                {
                    return line[(Key.Length + 1)..];
                }
            }

            return "n";
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return null;
        }
    }
}
