using KHeadersFs.Archive;

namespace KHeadersFs.Options;

/// <summary>The options limit_...: what an archive may ask for (<see cref="ArchiveLimits"/>), one for each limit.</summary>
internal static class LimitOptions
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;

    private static readonly ArchiveLimits s_usual = new();

    /// <summary>The entries of the option table.</summary>
    internal static IEnumerable<MountOption> All { get; } =
    [
        Limit("compressed", "MIB", 1024, s_usual.CompressedBytes / MiB, "size of ARCHIVE", static (l, n) => l with { CompressedBytes = (long)n * MiB }),
        Limit("decoded", "MIB", 65536, s_usual.DecodedBytes / MiB, "what it decodes to", static (l, n) => l with { DecodedBytes = (long)n * MiB }),
        Limit("decoder", "MIB", 2048, (long)s_usual.DecoderMemory / MiB, "memory of the decoder, in essence its dictionary", static (l, n) => l with { DecoderMemory = (ulong)n * MiB }),
        Limit("index", "MIB", 1024, (long)s_usual.IndexMemory / MiB, "memory for the index of the .xz", static (l, n) => l with { IndexMemory = (ulong)n * MiB }),
        Limit("store", "MIB", 65536, "1.5 times ARCHIVE and 8", "memory for its contents, packed again", static (l, n) => l with { StoreBytes = (long)n * MiB }),
        Limit("members", "N", 16 * MiB, s_usual.Members, "members", static (l, n) => l with { Members = n }),
        Limit("implied", "N", 16 * MiB, s_usual.ImpliedDirectories, "directories that have no member", static (l, n) => l with { ImpliedDirectories = n }),
        Limit("text", "MIB", 1024, s_usual.TextBytes / MiB, "all names and link targets, beside 16 bytes a member", static (l, n) => l with { TextBytes = (long)n * MiB }),
        Limit("name", "BYTES", 65535, s_usual.NameBytes, "a member's name; it is left out", static (l, n) => l with { NameBytes = n }),
        Limit("target", "BYTES", 4095, s_usual.TargetBytes, "a link's target; it is left out", static (l, n) => l with { TargetBytes = n }),
        Limit("depth", "N", 32767, s_usual.Depth, "directories above a member; it is left out", static (l, n) => l with { Depth = n }),
        Limit("path_steps", "N", 1024 * MiB, s_usual.PathSteps, "components of all members' names", static (l, n) => l with { PathSteps = n }),
        Limit("header", "KIB", 65536, s_usual.HeaderBytes / KiB, "extended headers of a member", static (l, n) => l with { HeaderBytes = n * KiB }),
        Limit("headers", "MIB", 65536, s_usual.AllHeaderBytes / MiB, "all extended headers", static (l, n) => l with { AllHeaderBytes = (long)n * MiB }),
        Limit("link_steps", "N", 1024 * MiB, s_usual.LinkSteps, "steps to see where links lead; others are not looked at", static (l, n) => l with { LinkSteps = n }),
    ];

    private static MountOption Limit(
        string name, string unit, int most, object usual, string what, Func<ArchiveLimits, int, ArchiveLimits> set)
    {
        string option = $"limit_{name}";
        return new MountOption(
            option,
            OptionKind.Own,
            unit,
            FormattableString.Invariant($"the most: {what}; 1 to {most} (default: {usual})"),
            Apply: (settings, value) => settings.Limits = set(settings.Limits, OptionTable.Count(value, option, 1, most)));
    }
}
