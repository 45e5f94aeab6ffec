namespace KHeadersFs.Mount.Tests;

/// <summary>Options about the directory that is mounted on, and where the archive comes from.</summary>
internal static class PlaceOptionCases
{
    internal static Dictionary<string, Action<OptionCase>[]> All { get; } = new(StringComparer.Ordinal)
    {
        ["mkdir"] = [MakesAndRemoves],
        ["root"] = [CountsFromRoot],
        ["modules"] = [FindsModule],
        ["nonempty"] = [static c => Covers(c, "nonempty", "file", warned: false), static c => Covers(c, "ro", "file", warned: true)],
        ["force"] = [CoversHeaders],
        ["keep_module"] = [static c => Module(c, "keep_module", kept: true), static c => Module(c, "ro", kept: false)],
        ["fsname"] =
        [
            static c => c.Mounted("fsname=headers", static mount => Assert.Equal("headers", mount.Source)),
            static c => c.Mounted("fsname=a b", static mount => Assert.Equal("a b", mount.Source)),
        ],
        ["remount"] = [Remounts],
    };

    private static void MakesAndRemoves(OptionCase c)
    {
        string made = c.Site.Scratch.In("made/deep");
        c.Site.RunSilently(Subject.Path, "-o", "mkdir", c.Site.Archive, made);
        c.Site.AssertMounted(made);
        c.Site.Unmount(made);
        Assert.False(Directory.Exists(c.Site.Scratch.In("made")));
    }

    private static void CountsFromRoot(OptionCase c)
    {
        c.Site.RunSilently(Subject.Path, "-o", $"root={c.Site.Scratch.Path}", c.Site.Archive, "/mnt");
        c.Site.AssertMounted(c.Site.Scratch.MountPoint);
        c.Site.Unmount();
        c.Refused(FailedMount.MountFailure, "root=/no/such", "root=/no/such: no directory");
        c.Refused(FailedMount.Usage, "root=here", "-o root=here");
    }

    private static void FindsModule(OptionCase c)
    {
        using var kernel = new FakeKernel(c.Site.Scratch).Modprobe("exit 1");
        string modules = c.Site.Scratch.In("modules");
        Directory.CreateDirectory(modules);
        File.Copy(HeadersModule.Save(c.Site.Scratch, c.Site.Archive), Path.Combine(modules, "kheaders.ko"));
        c.Mounted($"modules={modules}", "kheaders", mount => Assert.Equal("kheaders", mount.Source));
        c.Refused(FailedMount.MountFailure, "modules=/no/such", "modules=/no/such: no directory");
        c.Refused(FailedMount.Usage, "modules=here", "-o modules=here");
    }

    private static void Covers(OptionCase c, string options, string name, bool warned)
    {
        string covered = Path.Combine(c.Directory, name);
        File.WriteAllText(covered, "covered");
        ProcessRun run = Subject.Run(c.Site.Scratch, ["-o", options, c.Site.Archive, c.Directory]).Succeeded();
        Assert.Equal(warned, Message.Has(run.Error, $"warning: {c.Directory}: not empty nonempty"));
        Assert.Equal(warned, run.Error.Length > 0);
        c.Site.AssertMounted();
        c.Site.Unmount();
        Assert.Equal("covered", File.ReadAllText(covered));
        File.Delete(covered);
    }

    private static void CoversHeaders(OptionCase c)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(c.Header)!);
        File.WriteAllText(c.Header, "packaged");
        c.Refused(FailedMount.MountFailure, "nonempty", c.Directory);
        c.Mounted("force", _ => Assert.NotEqual("packaged", File.ReadAllText(c.Header), StringComparer.Ordinal));
        Assert.Equal("packaged", File.ReadAllText(c.Header));
        Directory.Delete(Path.Combine(c.Directory, "include"), recursive: true);
    }

    private static void Module(OptionCase c, string options, bool kept)
    {
        using var kernel = new FakeKernel(c.Site.Scratch).Module(c.Site.Archive);
        c.Mounted(options, "kheaders", _ => Assert.Equal(kept, File.Exists(FakeKernel.SysArchive)));
    }

    private static void Remounts(OptionCase c)
    {
        c.Mounted("ro", _ =>
        {
            int server = c.Site.Server();
            c.Site.RunSilently(Subject.Path, "-o", "remount,noexec", c.Site.Archive, c.Directory);
            Assert.Contains("noexec", c.Site.AssertMounted().Options, StringComparison.Ordinal);
            Assert.Equal(server, Assert.Single(Subject.Servers()));
        });
        c.Refused(FailedMount.MountFailure, "remount,noexec", c.Directory);
    }
}
