using KHeadersFs.Options;

namespace KHeadersFs.Commands;

/// <summary>A word that, as the first one, has the program tell something instead of mounting. All take --json and one operand.</summary>
/// <param name="Name">The word.</param>
/// <param name="Run">Finds it out.</param>
/// <param name="Subject">What its operand is.</param>
/// <param name="Summary">A few words for -h and the completions.</param>
/// <param name="Help">A line for --help-all.</param>
/// <param name="HasCheck">Whether it takes --check.</param>
/// <param name="UsualPlace">The directory that it looks at where none is given; null where there is no such one.</param>
internal sealed record Command(
    string Name,
    Func<MountSettings, CommandResult> Run,
    CommandSubject Subject,
    string Summary,
    string Help,
    bool HasCheck = false,
    Func<string>? UsualPlace = null)
{
    /// <summary>All of them, in the order of the help.</summary>
    internal static IReadOnlyList<Command> All { get; } =
    [
        new(
            "doctor",
            DoctorCommand.Run,
            CommandSubject.Machine,
            "what is missing here",
            "look at all that a mount and those who use it need, and name the command that mends what is wrong; 1 if mounting does not work"),
        new(
            "status",
            StatusCommand.Run,
            CommandSubject.Directory,
            "what is mounted",
            "tell what is mounted, by whom, since when, what serves it and what it was asked; on DIR, or anywhere; "
            + "--check: 16 unless it answers within 5 s, for health probes",
            HasCheck: true),
        new(
            "cflags",
            CflagsCommand.Run,
            CommandSubject.Directory,
            "flags for clang",
            "print the flags with which clang reads the headers in DIR (default: the running kernel's). A BPF object takes two steps: "
            + "clang -O2 -g $(kheadersfs cflags) -emit-llvm -c prog.c -o prog.bc && clang -O2 --target=bpf -Wno-override-module -c prog.bc -o prog.o",
            UsualPlace: static () => CflagsCommand.UsualPlace),
        new(
            "info",
            InfoCommand.Run,
            CommandSubject.Archive,
            "what an archive holds",
            "tell of which kernel ARCHIVE is, how it is packed, what is in it, what a mount of it takes, and the options of its kernel that matter to BPF"),
        new(
            "verify",
            VerifyCommand.Run,
            CommandSubject.Archive,
            "an archive's faults",
            "read ARCHIVE to its end and mount nothing: 0, or 1 and its first fault"),
    ];

    /// <summary>Its options.</summary>
    internal IEnumerable<string> Flags =>
        [.. HasCheck ? ["--check"] : Array.Empty<string>(), "--json", .. Subject is CommandSubject.Archive ? ["-o"] : Array.Empty<string>()];

    /// <summary>What its operand is called, or empty.</summary>
    internal string Operand => Subject switch
    {
        CommandSubject.Archive => "ARCHIVE",
        CommandSubject.Directory => "DIR",
        _ => "",
    };

    /// <summary>The one of this name, or null.</summary>
    internal static Command? Find(string name) => All.FirstOrDefault(command => string.Equals(command.Name, name, StringComparison.Ordinal));
}
