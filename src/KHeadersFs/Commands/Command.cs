using KHeadersFs.Options;

namespace KHeadersFs.Commands;

/// <summary>A word that, as the first one, has the program tell something instead of mounting. All take --json and one operand, DIR.</summary>
/// <param name="Name">The word.</param>
/// <param name="Run">Finds it out; in a <see cref="Looker"/>, for it may look into a mount.</param>
/// <param name="HasCheck">Whether it takes --check.</param>
internal sealed record Command(string Name, Func<MountSettings, CommandResult> Run, bool HasCheck = false)
{
    private static readonly Command[] s_all = [new("status", StatusCommand.Run, HasCheck: true), new("cflags", CflagsCommand.Run)];

    /// <summary>The one of this name, or null.</summary>
    internal static Command? Find(string name) => Array.Find(s_all, command => string.Equals(command.Name, name, StringComparison.Ordinal));
}
