namespace KHeadersFs.Options;

/// <summary>An option of the command line, beside those of -o.</summary>
/// <param name="Name">As written.</param>
/// <param name="Argument">What follows, or empty.</param>
/// <param name="Help">One line for --help-all and the completions.</param>
internal sealed record Switch(string Name, string Argument, string Help)
{
    /// <summary>All of them, in the order of the help; <see cref="CommandLine"/> knows long names for some.</summary>
    internal static IReadOnlyList<Switch> All { get; } =
    [
        new("-u", "DIR", "unmount what you have mounted on DIR, and clear up what killed servers have left"),
        new("-f", "", "stay in the foreground, log to stderr"),
        new("-v", "", "say what is done"),
        new("-o", "OPTION", "mount options, separated by commas"),
        new("-s", "", "ignore options that are unknown instead of refusing them"),
        new("-h", "", "print what fits a screen"),
        new("--help-all", "", "print all options, a line for each"),
        new("-V", "", "print the version"),
        new("--list-options", "", "print commands and options for programs, as the completions are made from"),
    ];
}
