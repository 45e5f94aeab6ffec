using System.Globalization;
using System.Text;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Xz;
using KHeadersFs.Headers;
using KHeadersFs.Posix;

namespace KHeadersFs.Commands;

/// <summary>What info tells of an archive.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="IsFromModule">Whether it was in a module's file.</param>
/// <param name="Release">The kernel that it is of; null when it does not tell.</param>
/// <param name="IsRunning">Whether that kernel runs.</param>
/// <param name="Architecture">The directory below arch; null when that is not one.</param>
/// <param name="Facts">What its file tells.</param>
/// <param name="Counts">What is in it.</param>
/// <param name="FileBytes">All files together.</param>
/// <param name="StoreBytes">The store that was built from it.</param>
/// <param name="Options">Options of the kernel's configuration; null when it does not tell.</param>
internal sealed record ArchiveInfo(
    string Path,
    bool IsFromModule,
    string? Release,
    bool IsRunning,
    string? Architecture,
    ArchiveFacts Facts,
    NodeCounts Counts,
    long FileBytes,
    long StoreBytes,
    IReadOnlyList<KeyValuePair<string, string>>? Options)
{
    /// <summary>Resident memory of a server beside its store, in bytes: MemoryTests measures it.</summary>
    private const long ServerBytes = 4400 << 10;

    /// <summary>What the mounting process takes beside decoder and store, in bytes: MemoryTests, its peak less those two.</summary>
    private const long BuilderBytes = 5800 << 10;

    /// <summary>What zstd and gzip take is known only when they are through; so is the window that a file asks for.</summary>
    private long? PeakBytes => Facts.Xz is { } xz ? xz.DecoderBytes + StoreBytes + BuilderBytes : null;

    /// <summary>For people, in lines of up to 80 columns as far as the names allow.</summary>
    internal string ToText()
    {
        var text = new StringBuilder();
        text.Append(PathText.Printable(Path)).Append('\n');
        string release = Release is null ? "does not tell its release" : PathText.Printable(Release);
        string running = Release is null ? "" : IsRunning ? ", which runs" : ", not the one that runs";
        Add(text, "kernel", $"{release}{running}; architecture: {PathText.Printable(Architecture ?? "not one")}");
        Add(text, "archive", Text($"{Facts.Format}{(IsFromModule ? " in a module" : "")}, {Facts.CompressedBytes} bytes, {Facts.DecodedBytes} decoded"));
        if (Facts.Xz is { } xz)
        {
            Add(text, "blocks", Text($"{xz.Blocks}, streams: {xz.Streams}, check: {string.Join(", ", xz.Checks)}"));
            Add(text, "", Text($"largest {xz.LargestBlock} bytes, dictionary {xz.Dictionary >> 10} KiB"));
        }

        Add(text, "holds", Text($"{Counts.Files} files of {FileBytes} bytes, {Counts.Directories} directories, {Counts.Links} links"));
        Add(text, "served", Text($"{(Facts.Xz is { AreKept: true } ? "from its own blocks" : "packed anew")}, store: {StoreBytes} bytes"));
        string peak = PeakBytes is { } bytes ? $", {Mebibytes(bytes)} while mounting" : "";
        Add(text, "memory", $"about {Mebibytes(StoreBytes + ServerBytes)}{peak}");
        if (Options is null)
        {
            Add(text, "options", $"not known: it has no {HeaderTree.Configuration}");
        }
        else
        {
            foreach ((string value, string name) in (ReadOnlySpan<(string, string)>)[("y", "set"), ("m", "modules"), ("n", "not set")])
            {
                string[] options = [.. Options.Where(o => string.Equals(o.Value, value, StringComparison.Ordinal)).Select(static o => o.Key)];
                if (options is not [])
                {
                    Add(text, name, string.Join(' ', options));
                }
            }
        }

        return text.ToString();
    }

    /// <summary>For programs: an object, of the form that the manual tells ("INFO").</summary>
    internal string ToJson()
    {
        XzFacts? xz = Facts.Xz;
        string[] members =
        [
            $"\"archive\":{JsonText.Of(Path)}",
            $"\"module\":{(IsFromModule ? "true" : "false")}",
            $"\"release\":{JsonText.Of(Release)}",
            $"\"running\":{(IsRunning ? "true" : "false")}",
            $"\"architecture\":{JsonText.Of(Architecture)}",
            $"\"format\":{JsonText.Of(Facts.Format)}",
            $"\"compressed_bytes\":{JsonText.Of(Facts.CompressedBytes)}",
            $"\"decoded_bytes\":{JsonText.Of(Facts.DecodedBytes)}",
            $"\"streams\":{JsonText.Of(xz?.Streams)}",
            $"\"blocks\":{JsonText.Of(xz?.Blocks)}",
            $"\"largest_block_bytes\":{JsonText.Of(xz?.LargestBlock)}",
            $"\"dictionary_bytes\":{JsonText.Of(xz?.Dictionary)}",
            $"\"checks\":{(xz is null ? "null" : $"[{string.Join(',', xz.Checks.Select(JsonText.Of))}]")}",
            $"\"files\":{JsonText.Of(Counts.Files)}",
            $"\"directories\":{JsonText.Of(Counts.Directories)}",
            $"\"links\":{JsonText.Of(Counts.Links)}",
            $"\"bytes\":{JsonText.Of(FileBytes)}",
            $"\"own_blocks\":{(xz is { AreKept: true } ? "true" : "false")}",
            $"\"store_bytes\":{JsonText.Of(StoreBytes)}",
            $"\"memory_bytes\":{JsonText.Of(StoreBytes + ServerBytes)}",
            $"\"peak_bytes\":{JsonText.Of(PeakBytes)}",
            $"\"options\":{(Options is null ? "null" : $"{{{string.Join(',', Options.Select(static o => $"\"CONFIG_{o.Key}\":\"{o.Value}\""))}}}")}",
        ];
        return $"{{{string.Join(',', members)}}}\n";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Mebibytes(long bytes) => Text($"{(double)bytes / (1 << 20):F1} MiB");

    private static void Add(StringBuilder text, string name, string value)
    {
        text.Append("  ").Append(name.PadRight(Column - 2));
        WrappedText.Append(text, Column, value);
    }

    private const int Column = 11;
}
