using System.Globalization;
using KHeadersFs.Interop;

namespace KHeadersFs.Sources;

/// <summary>Descriptors that the caller has left open for us, by number.</summary>
internal static class InheritedDescriptor
{
    private static readonly string[] s_places = ["/dev/fd/", "/proc/self/fd/"];
    private static readonly string[] s_streams = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];

    /// <summary>The descriptor that a path stands for, or null.</summary>
    internal static int? Of(string path)
    {
        if (Array.IndexOf(s_streams, path) is >= 0 and int stream)
        {
            return stream;
        }

        return Array.Find(s_places, p => path.StartsWith(p, StringComparison.Ordinal)) is { } place
            && int.TryParse(path.AsSpan(place.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : null;
    }

    /// <summary>False for one that is closed, or was: our runtime opens files of its own, and marks them close-on-exec.</summary>
    internal static bool IsOpen(int number) =>
        LibC.Control(number, LibC.F_GETFD, 0) is >= 0 and int flags && (flags & LibC.FD_CLOEXEC) == 0;
}
