using System.Diagnostics;
using System.Globalization;
using KHeadersFs.Interop;

namespace KHeadersFs.Records;

/// <summary>
/// Where the records of a user's mounts are: in memory, until the next boot, and closed to everybody else, so that nobody else can hold
/// their locks.
/// </summary>
internal static class RecordDirectory
{
    private const string Name = "kheadersfs";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Public = Private
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Its path, of a directory that may not exist yet; null for a user without a place for such things.</summary>
    internal static string? Path { get; } = Find();

    /// <summary>A file name of its own in it, which is made; null where nothing can be written.</summary>
    internal static string? TryMakeRoom()
    {
        if (Path is null)
        {
            return null;
        }

        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!, Public);
            Directory.CreateDirectory(Path, Private);

            // No random number: that would need /dev/urandom.
            return System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{Stopwatch.GetTimestamp()}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Removes it, and what is around it, where nothing is left in there.</summary>
    internal static void RemoveIfEmpty()
    {
        try
        {
            Directory.Delete(Path!);
            Directory.Delete(System.IO.Path.GetDirectoryName(Path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Other mounts have records.
        }
    }

    private static string? Find()
    {
        string? root = LibC.GetEffectiveUserId() == 0 ? "/run" : Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return root is ['/', ..] ? System.IO.Path.Combine(root, Name, "mounts") : null;
    }
}
