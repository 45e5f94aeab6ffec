using System.Globalization;
using System.Text;
using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Posix;

namespace KHeadersFs.Commands;

/// <summary>What is told of one mount.</summary>
/// <param name="Mount">As the mount table has it.</param>
/// <param name="Server">What serves it; null when it cannot be seen.</param>
/// <param name="Asked">Whether the server was asked if it answers.</param>
/// <param name="Fault">Why it does not answer; null when it does, or was not asked.</param>
internal sealed record MountStatus(MountInfo Mount, RunningServer? Server, bool Asked, string? Fault)
{
    private const double Mebi = 1 << 20;

    /// <summary>As of RFC 3339, in UTC; null when it is not known.</summary>
    private string? Mounted
    {
        get
        {
            if (Server is not { Mounted: > 0 })
            {
                return null;
            }

            // In numbers, as in LogFile: DateTime's own formatting is large.
            DateTime time = DateTime.UnixEpoch.AddSeconds(Server.Mounted);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{time.Year:D4}-{time.Month:D2}-{time.Day:D2}T{time.Hour:D2}:{time.Minute:D2}:{time.Second:D2}Z");
        }
    }

    /// <summary>For people: the directory, and what is known of it in further lines.</summary>
    internal string ToText()
    {
        var text = new StringBuilder();
        text.Append(PathText.Printable(Mount.Directory)).Append('\n');
        Add(text, "archive", PathText.Printable(Mount.Source));
        string time = Mounted is { } mounted ? $", {mounted}" : "";
        Add(text, "mounted", string.Create(CultureInfo.InvariantCulture, $"by user {Mount.UserId}{time}"));
        if (Server is null)
        {
            Add(text, "server", $"cannot be seen from here{(Asked ? "" : "; status --check asks it")}");
        }
        else
        {
            string store = Server.StoreBytes is { } bytes ? Mebibytes(bytes) : "a file";
            string resident = Mebibytes(Server.ResidentBytes ?? 0);
            Add(text, "server", string.Create(
                CultureInfo.InvariantCulture, $"process {Server.Process}, {resident} resident, store: {store}"));
            Add(text, "requests", string.Create(
                CultureInfo.InvariantCulture, $"{Server.Counters.Total}, {(Server.Counters.ReadBytes + 1023) >> 10} KiB of headers read"));
        }

        if (Server is { NeedsExtensions: true })
        {
            Add(text, "bpftrace", ClientLimits.BpftraceWithoutExtensions);
        }

        if (Asked)
        {
            Add(text, "answers", Fault is null ? "yes" : $"no: {PathText.Printable(Fault)}");
        }

        return text.ToString();
    }

    /// <summary>For programs: an object, of the form that the manual tells ("STATUS").</summary>
    internal string ToJson()
    {
        IEnumerable<string> requests = Server?.Counters.ByOperation()
            .Select(static r => $"{JsonText.Of(r.Key)}:{JsonText.Of(r.Value)}") ?? [];
        string[] members =
        [
            $"\"directory\":{JsonText.Of(Mount.Directory)}",
            $"\"archive\":{JsonText.Of(Mount.Source)}",
            string.Create(CultureInfo.InvariantCulture, $"\"device\":\"{Mount.Major}:{Mount.Minor}\""),
            $"\"user_id\":{JsonText.Of(Mount.UserId)}",
            $"\"mounted\":{JsonText.Of(Mounted)}",
            $"\"process\":{JsonText.Of(Server?.Process)}",
            $"\"resident_bytes\":{JsonText.Of(Server?.ResidentBytes)}",
            $"\"store_bytes\":{JsonText.Of(Server?.StoreBytes)}",
            $"\"requests\":{(Server is null ? "null" : $"{{{string.Join(',', requests)}}}")}",
            $"\"bytes_read\":{JsonText.Of(Server?.Counters.ReadBytes)}",
            $"\"needs_ms_extensions\":{(Server?.NeedsExtensions is { } needs ? needs ? "true" : "false" : "null")}",
            $"\"answers\":{(!Asked ? "null" : Fault is null ? "true" : "false")}",
        ];
        return $"{{{string.Join(',', members)}}}";
    }

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / Mebi:F1} MiB");

    private static void Add(StringBuilder text, string name, string value) =>
        text.Append("  ").Append(name.PadRight(10)).Append(value).Append('\n');
}
