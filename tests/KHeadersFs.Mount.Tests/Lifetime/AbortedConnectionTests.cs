namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Aborts the connection of a mount, in use where it can be, and counts what is left: nothing may be. "make soak" does it more often.
/// </summary>
public sealed class AbortedConnectionTests
{
    [Fact]
    public void Whenever_its_connection_is_aborted_nothing_is_left()
    {
        Kill[] kinds =
        [
            .. from phase in KillPhase.All
               where phase.Mounted
               from way in new[] { KillBy.Control, KillBy.Force }
               from foreground in new[] { true, false }
               select new Kill(phase, way, foreground, Everyone: false),
        ];
        Kills.Run(kinds, Math.Max(kinds.Length, Kills.Count / 10));
    }
}
