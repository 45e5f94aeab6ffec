namespace KHeadersFs.Commands;

/// <summary>What a command has found out.</summary>
/// <param name="Code">How the program ends.</param>
/// <param name="Output">For standard output: whole lines, or nothing.</param>
/// <param name="Error">One line for standard error, without the program's name; empty for none.</param>
internal sealed record CommandResult(ExitCode Code, string Output, string Error);
