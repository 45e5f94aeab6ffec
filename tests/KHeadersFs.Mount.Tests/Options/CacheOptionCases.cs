using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Options about stores that are kept between mounts.</summary>
internal static class CacheOptionCases
{
    private const string Mebibyte = "1";

    internal static Dictionary<string, Action<OptionCase>[]> All { get; } = new(StringComparer.Ordinal)
    {
        ["cache"] = [KeepsAndUsesAgain, DoesNotUseWhatOthersCanWrite],
        ["cache_max"] = [static c => Keeps(c, "cache_max=" + Mebibyte, 1), static c => Keeps(c, "ro", 2)],
    };

    private static string Folder(OptionCase c) => c.Site.Scratch.In("cache");

    private static string[] Files(OptionCase c) => Directory.GetFiles(Folder(c));

    private static void KeepsAndUsesAgain(OptionCase c)
    {
        c.Mounted($"cache={Folder(c)}", _ => AssertServed(c));
        ulong kept = OptionCase.Status(Assert.Single(Files(c))).st_ino;
        Assert.Equal("700", OptionCase.Mode(Folder(c)));
        c.Mounted($"cache={Folder(c)}", _ => AssertServed(c));
        Assert.Equal(kept, OptionCase.Status(Assert.Single(Files(c))).st_ino);
    }

    // Whoever can write a store decides what compilers read.
    private static void DoesNotUseWhatOthersCanWrite(OptionCase c)
    {
        Assert.Equal(0, Syscall.chmod(Folder(c), FilePermissions.ALLPERMS));
        ProcessRun run = Subject.Run(c.Site.Scratch, ["-o", $"cache={Folder(c)}", c.Site.Archive, c.Directory]).Succeeded();
        Assert.Contains($"kheadersfs: warning: {Folder(c)}", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(ProcFs.Descriptors(c.Site.Server()).Values, target => target.StartsWith(Folder(c), StringComparison.Ordinal));
        c.Site.AssertMounted();
        c.Site.Unmount();
    }

    private static void AssertServed(OptionCase c) =>
        Assert.Contains(Assert.Single(Files(c)), ProcFs.Descriptors(c.Site.Server()).Values, StringComparer.Ordinal);

    // Two archives of the same headers: two stores of some 6 MB.
    private static void Keeps(OptionCase c, string options, int files)
    {
        foreach (string name in new[] { "kheaders.tar.xz", "gzip.tar.gz" })
        {
            c.Mounted($"release=ignore,cache={Folder(c)},{options}", Archives.Named(name), static _ => { });
        }

        Assert.Equal(files, Files(c).Length);
    }
}
