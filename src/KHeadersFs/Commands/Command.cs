using KHeadersFs.Options;

namespace KHeadersFs.Commands;

/// <summary>A word that, as the first one, has the program tell something instead of mounting. All take --json and one operand.</summary>
/// <param name="Name">The word.</param>
/// <param name="Run">Finds it out.</param>
/// <param name="HasCheck">Whether it takes --check.</param>
/// <param name="AboutArchive">
/// The operand is an archive, by default the running kernel's own, and -o is taken for its limits; else it is a directory, which may be a
/// mount that does not answer, so that the command runs in a <see cref="Looker"/>.
/// </param>
internal sealed record Command(string Name, Func<MountSettings, CommandResult> Run, bool HasCheck = false, bool AboutArchive = false)
{
    private static readonly Command[] s_all =
    [
        new("status", StatusCommand.Run, HasCheck: true),
        new("cflags", CflagsCommand.Run),
        new("verify", VerifyCommand.Run, AboutArchive: true),
    ];

    /// <summary>The one of this name, or null.</summary>
    internal static Command? Find(string name) => Array.Find(s_all, command => string.Equals(command.Name, name, StringComparison.Ordinal));
}
