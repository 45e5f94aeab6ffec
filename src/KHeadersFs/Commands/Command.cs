using KHeadersFs.Options;

namespace KHeadersFs.Commands;

/// <summary>A word that, as the first one, has the program tell something instead of mounting. All take --json and one operand.</summary>
/// <param name="Name">The word.</param>
/// <param name="Run">Finds it out.</param>
/// <param name="HasCheck">Whether it takes --check.</param>
/// <param name="Subject">What its operand is.</param>
internal sealed record Command(string Name, Func<MountSettings, CommandResult> Run, CommandSubject Subject, bool HasCheck = false)
{
    private static readonly Command[] s_all =
    [
        new("doctor", DoctorCommand.Run, CommandSubject.Machine),
        new("status", StatusCommand.Run, CommandSubject.Directory, HasCheck: true),
        new("cflags", CflagsCommand.Run, CommandSubject.Directory),
        new("info", InfoCommand.Run, CommandSubject.Archive),
        new("verify", VerifyCommand.Run, CommandSubject.Archive),
    ];

    /// <summary>The one of this name, or null.</summary>
    internal static Command? Find(string name) => Array.Find(s_all, command => string.Equals(command.Name, name, StringComparison.Ordinal));
}
