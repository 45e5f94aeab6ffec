using System.Globalization;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Sources;

namespace KHeadersFs.Records;

/// <summary>Which content of an archive's file it was.</summary>
/// <param name="File">The file.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">Nanoseconds since 1970.</param>
internal sealed record SourceIdentity(FileIdentity File, ulong Size, long Modified)
{
    /// <summary>
    /// That of a path, or of the module's file of another kernel. Null where there is no regular file, and for the running kernel's own
    /// archive, by whatever name: it cannot change while the kernel runs.
    /// </summary>
    internal static unsafe SourceIdentity? TryOf(string source, ModulePlaces? places = null)
    {
        const ushort S_IFMT = 0xF000, S_IFREG = 0x8000;
        if (FileOf(source, places) is not { } path)
        {
            return null;
        }

        LibC.StatXResult result;
        return LibC.StatX(LibC.AT_FDCWD, path, 0, LibC.STATX_BASIC_STATS | LibC.STATX_BTIME, &result) == 0 && (result.Mode & S_IFMT) == S_IFREG
            ? new SourceIdentity(
                FileIdentity.Of(result), result.Size, (result.ModifiedSeconds * 1_000_000_000) + result.ModifiedNanoseconds)
            : null;
    }

    private static string? FileOf(string source, ModulePlaces? places)
    {
        if (SourceName.ReleaseOf(source) is { } release)
        {
            return string.Equals(release, KernelArchive.RunningRelease, StringComparison.Ordinal)
                ? null
                : InstalledModule.FindFile(release, places);
        }

        return SourceName.IsPath(source) ? source : null;
    }

    /// <summary>One word.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Size}:{Modified}");
}
