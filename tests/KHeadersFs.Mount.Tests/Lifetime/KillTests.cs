namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Kills a mount at every moment of its life, by every signal, in the foreground and in the background, and counts what is left: nothing
/// may be. "make soak" does it more often.
/// </summary>
public sealed class KillTests
{
    [Fact]
    public void Whenever_it_is_killed_nothing_is_left() => Kills.Run(
        [
            .. from phase in KillPhase.All
               from way in KillBy.Signals
               from foreground in new[] { true, false }
               from everyone in new[] { true, false }
               select new Kill(phase, way, foreground, everyone),
        ],
        Kills.Count);
}
