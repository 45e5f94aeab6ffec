using System.Diagnostics;
using System.Globalization;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;

namespace KHeadersFs.Records;

/// <summary>Where the records of a user's mounts are, closed to everybody else, so that nobody else can hold their locks.</summary>
internal static class RecordDirectory
{
    private const string Name = "mounts";
    private const uint OwnerOnly = 0x1C0; // 0700

    /// <summary>Its path, of a directory that may not exist yet; null for a user without a place for such things.</summary>
    internal static string? Path { get; } = RunDirectory.TryPrepare() is { } directory ? $"{directory}/{Name}" : null;

    /// <summary>A file name of its own in it, which is made; null where nothing can be written.</summary>
    internal static string? TryMakeRoom()
    {
        if (Path is null || (!PosixDirectory.TryMake(Path, OwnerOnly) && !PosixDirectory.Exists(Path)))
        {
            return null;
        }

        // No random number: that would need /dev/urandom.
        return string.Create(CultureInfo.InvariantCulture, $"{Path}/{Environment.ProcessId}-{Stopwatch.GetTimestamp()}");
    }

    /// <summary>Removes it where nothing is left in there.</summary>
    internal static void RemoveIfEmpty() => _ = Path is { } path && PosixDirectory.TryRemove(path);
}
