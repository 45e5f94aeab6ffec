using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Reads around the page cache: every read goes to the server.</summary>
internal static class DirectRead
{
    internal static byte[] All(string path, int bufferSize = 256 * 1024)
    {
        using var file = new OpenFile(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECT);
        var bytes = new MemoryStream();
        for (byte[] piece = file.Read(0, bufferSize); piece.Length > 0; piece = file.Read(bytes.Length, bufferSize))
        {
            bytes.Write(piece);
        }

        return bytes.ToArray();
    }

    /// <summary>Null when the bytes equal those of another file, else the first that differs.</summary>
    internal static string? Difference(string expected, string path)
    {
        byte[] wanted = File.ReadAllBytes(expected);
        byte[] found = All(path);
        int same = wanted.AsSpan().CommonPrefixLength(found);
        return same == wanted.Length && same == found.Length ? null : $"differs at {same}, {found.Length} bytes of {wanted.Length}";
    }
}
