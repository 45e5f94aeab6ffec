namespace KHeadersFs.Doctor;

/// <summary>What one check has found.</summary>
/// <param name="Check">Its name, which stays the same from version to version.</param>
/// <param name="State">What it has come to.</param>
/// <param name="Text">What was found, for people.</param>
/// <param name="Command">The one command that mends it or goes on; null where there is none.</param>
internal sealed record Finding(string Check, FindingState State, string Text, string? Command = null)
{
    /// <summary>As it should be.</summary>
    internal static Finding Ok(string check, string text, string? command = null) => new(check, FindingState.Ok, text, command);

    /// <summary>Something will not work for somebody.</summary>
    internal static Finding Warning(string check, string text, string? command) => new(check, FindingState.Warning, text, command);

    /// <summary>Mounting does not work, or a tool takes headers that are not those of this kernel.</summary>
    internal static Finding Problem(string check, string text, string? command) => new(check, FindingState.Problem, text, command);
}
