namespace KHeadersFs.Mount.Tests;

/// <summary>When and how a mount is killed.</summary>
/// <param name="Phase">The moment.</param>
/// <param name="By">By what.</param>
/// <param name="Foreground">Whether the server is the process that the user has started.</param>
/// <param name="Everyone">Whether all its processes get the signal, as from a terminal; else the one that the user has started.</param>
internal sealed record Kill(KillPhase Phase, KillBy By, bool Foreground, bool Everyone)
{
    /// <summary>All of it in a line.</summary>
    public override string ToString() =>
        $"{By.Name} to {(Everyone ? "all" : "one")} at {Phase.Name}, {(Foreground ? "foreground" : "background")}";
}
