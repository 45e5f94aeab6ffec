using System.Globalization;
using KHeadersFs.Mounting;

namespace KHeadersFs.Keeping;

/// <summary>What a mount leaves behind unless somebody takes it away. Its words are the arguments of the keeper.</summary>
/// <param name="Device">Major and minor number of the mount's st_dev; null where this program has mounted nothing.</param>
/// <param name="Created">Directories that were made for it, the outermost first.</param>
/// <param name="PidFile">The file of -o pidfile; empty for none.</param>
/// <param name="Record">The path of what others have to know of it should its process be killed; empty where nothing can be kept.</param>
/// <param name="LogFile">The file of -o log; empty for none.</param>
/// <param name="Places">Where it is not mounted any more: the innermost directory may be there, if one around it was renamed.</param>
/// <param name="Marks">Of -o idle: which mounts the kernel was asked to mark the last time.</param>
internal sealed record MountRemains(
    (uint Major, uint Minor)? Device,
    IReadOnlyList<MadeDirectory> Created,
    string PidFile,
    string Record,
    string LogFile,
    IReadOnlyList<string> Places,
    IReadOnlyList<IdleMark> Marks)
{
    private const string DeviceWord = "device=";
    private const string MadeWord = "made=";
    private const string PidFileWord = "pidfile=";
    private const string RecordWord = "record=";
    private const string LogFileWord = "log=";
    private const string PlaceWord = "place=";
    private const string MarkWord = "mark=";

    /// <summary>As words.</summary>
    internal IEnumerable<string> ToWords() =>
    [
        .. Device is { } device ? [string.Create(CultureInfo.InvariantCulture, $"{DeviceWord}{device.Major}:{device.Minor}")] : Array.Empty<string>(),
        .. PidFile.Length > 0 ? [PidFileWord + PidFile] : Array.Empty<string>(),
        .. Record.Length > 0 ? [RecordWord + Record] : Array.Empty<string>(),
        .. LogFile.Length > 0 ? [LogFileWord + LogFile] : Array.Empty<string>(),
        .. Created.Select(static d => $"{MadeWord}{d}"),
        .. Places.Select(static p => PlaceWord + p),
        .. Marks.Select(static m => $"{MarkWord}{m}"),
    ];

    /// <summary>Reads what <see cref="ToWords"/> has made.</summary>
    internal static MountRemains Parse(IReadOnlyList<string> words) => new(
        DeviceOf(Of(words, DeviceWord).FirstOrDefault("")),
        [.. Of(words, MadeWord).Select(MadeDirectory.TryParse).OfType<MadeDirectory>()],
        Of(words, PidFileWord).FirstOrDefault(""),
        Of(words, RecordWord).FirstOrDefault(""),
        Of(words, LogFileWord).FirstOrDefault(""),
        [.. Of(words, PlaceWord)],
        [.. Of(words, MarkWord).Select(IdleMark.TryParse).OfType<IdleMark>()]);

    private static IEnumerable<string> Of(IEnumerable<string> words, string name) =>
        words.Where(word => word.StartsWith(name, StringComparison.Ordinal)).Select(word => word[name.Length..]);

    private static (uint Major, uint Minor)? DeviceOf(string text) => text.Split(':') is [var major, var minor]
        && uint.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out uint first)
        && uint.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out uint second)
            ? (first, second)
            : null;
}
