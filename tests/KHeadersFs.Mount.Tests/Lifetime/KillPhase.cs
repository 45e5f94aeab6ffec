namespace KHeadersFs.Mount.Tests;

/// <summary>A moment in the life of a mount: how it is brought about, and how it is known to have come.</summary>
/// <param name="Name">What happens then.</param>
/// <param name="Options">Mount options; CACHE stands for a directory.</param>
/// <param name="HasCome">True from then on.</param>
/// <param name="Spread">Milliseconds over which kills are spread after that.</param>
/// <param name="Stalled">The archive does not end: the program waits for the rest of it.</param>
/// <param name="Mounted">It is mounted, and its server has its connection.</param>
/// <param name="Module">The archive is in the module of a made-up kernel.</param>
internal sealed record KillPhase(
    string Name, string Options, Func<KillSite, bool> HasCome, int Spread = 0, bool Stalled = false, bool Mounted = false, bool Module = false)
{
    internal static readonly KillPhase[] All =
    [
        new("parse", "mkdir", static site => site.Process.HasExited || Subject.Processes().Count > 0, Spread: 12),
        new("module", "mkdir", static site => site.Process.HasExited || File.Exists(FakeKernel.SysArchive), Spread: 20, Module: true),
        new("read", "mkdir", static site => site.Archive.IsRead, Stalled: true),
        new("decode", "mkdir", static site => site.Archive.IsRead, Spread: 250),
        new("hand-over", "mkdir", static site => site.Process.HasExited || (site.Archive.IsRead && Subject.Processes().Count == 2), Spread: 250),
        new("first request", "mkdir", static site => site.IsMounted, Mounted: true),
        new("serving", "mkdir", static site => site.IsMounted && site.IsReady, Mounted: true),
        new("priming", "mkdir,prime", static site => site.Process.HasExited && Subject.Processes().Count == 0 || Subject.Walkers().Count > 0, Spread: 20, Mounted: true),
        new("cache write", "mkdir,cache=CACHE", static site => site.IsMounted || Directory.Exists(site.Cache) && Directory.GetFiles(site.Cache).Length > 0),
        new("unmount", "mkdir", static site => site.IsMounted && site.IsReady && site.BeginUnmount(), Spread: 4),
    ];
}
