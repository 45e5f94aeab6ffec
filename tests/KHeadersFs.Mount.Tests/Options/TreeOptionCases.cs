namespace KHeadersFs.Mount.Tests;

/// <summary>Options about what the tree looks like.</summary>
internal static class TreeOptionCases
{
    internal static Dictionary<string, Action<OptionCase>[]> All { get; } = new(StringComparer.Ordinal)
    {
        ["uid"] = [static c => Owned(c, "uid=1234", "1234:0"), static c => Owned(c, "uid=nobody", "65534:0")],
        ["gid"] = [static c => Owned(c, "gid=1234", "0:1234"), static c => Owned(c, "gid=nogroup,uid=7", "7:65534")],
        ["umask"] =
        [
            static c => Modes(c, "umask=0", "755", "444"),
            static c => Modes(c, "umask=027", "750", "440"),
            static c => Modes(c, "umask=077,uid=1234", "700", "400"),
            static c => Modes(c, "umask=777", "000", "000"),
        ],
        ["subdir"] =
        [
            static c => Root(c, "include", ["generated", "linux"]),
            static c => Root(c, "/include/./linux/", ["kconfig.h", "version.h"]),
            static c => c.Refused(FailedMount.MountFailure, "subdir=include/linux/kconfig.h", "include/linux/kconfig.h"),
            static c => c.Refused(FailedMount.MountFailure, "subdir=no/such", "no/such"),
            static c => c.Refused(FailedMount.MountFailure, "subdir=include/..", "include/.."),
        ],
        ["uapi"] = [static c => c.Mounted("uapi", Programs(c), _ => Assert.Equal("int x;\n", File.ReadAllText(Path.Combine(c.Directory, "include/linux/x.h"))))],
        ["kbuild"] = [static c => c.Mounted("kbuild", _ => Assert.Contains("Module.symvers", File.ReadAllText(Path.Combine(c.Directory, "Makefile")), StringComparison.Ordinal))],
        ["release"] =
        [
            static c => c.Mounted("release=check", static _ => { }),
            static c => c.Mounted("release=ignore", Other(c), static _ => { }),
            static c => c.Refused(FailedMount.MountFailure, "release=check", "2.6.39-other", Other(c)),
            static c => Warned(c),
        ],
    };

    private static string Programs(OptionCase c) =>
        new HandMadeArchive().File("include/uapi/linux/x.h", "#ifdef __KERNEL__\n#endif\nint x;\n").Save(c.Site.Scratch, "--force");

    private static void Owned(OptionCase c, string options, string owner) => c.Mounted(options, _ =>
    {
        foreach (string path in new[] { c.Directory, c.Header })
        {
            Mono.Unix.Native.Stat stat = OptionCase.Status(path);
            Assert.Equal(owner, FormattableString.Invariant($"{stat.st_uid}:{stat.st_gid}"));
        }
    });

    private static void Modes(OptionCase c, string options, string directory, string file) => c.Mounted(options, _ =>
    {
        Assert.Equal(directory, OptionCase.Mode(c.Directory));
        Assert.Equal(file, OptionCase.Mode(c.Header));

        // The kernel goes by these modes: whoever is neither owner nor group needs the last digit.
        bool entered = c.Site.Run([.. OrdinaryUser.Prefix, "cat", c.Header]).ExitCode == 0;
        Assert.Equal(directory[^1] is '5', entered);
    });

    private static void Root(OptionCase c, string path, string[] names) => c.Mounted($"subdir={path}", _ =>
    {
        string[] found = [.. Directory.GetFileSystemEntries(c.Directory).Select(static entry => Path.GetFileName(entry))];
        Assert.Equal(names, found.Order(StringComparer.Ordinal).ToArray());

        // The parent of the root is what the mount stands in, and never the archive's own parent.
        string up = c.Site.Run("sh", "-c", "cd \"$1\" && ls -a && cd .. && pwd -P", "sh", c.Directory).Succeeded().Output;
        Assert.Equal([".", "..", .. names, c.Site.Scratch.Path], up.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    });

    private static string Other(OptionCase c) => FittingArchive.Of("2.6.39-other").Save(c.Site.Scratch, "--force");

    private static void Warned(OptionCase c)
    {
        ProcessRun run = Subject.Run(c.Site.Scratch, ["-o", "release=warn", Other(c), c.Directory]).Succeeded();
        Assert.Matches(@"\Akheadersfs: warning: [^\n]+\n\z", run.Error);
        Message.Says(run.Error, $"headers kernel 2.6.39-other {FittingArchive.RunningRelease} running");
        c.Site.AssertMounted();
        c.Site.Unmount();
    }
}
