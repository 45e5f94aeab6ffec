using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>-o idle: what somebody uses where the server's mount namespace does not show it, from the kernel's caches, stays as well.</summary>
public sealed class IdleUseTests : IDisposable
{
    /// <summary>Seconds: between two uses there may be a pause when the machine has much else to do.</summary>
    private const int Interval = 2;

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(100);

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void What_is_used_in_another_mount_namespace_stays()
    {
        // Only there an unmount arrives: private copies would be served on.
        string shared = Directory.CreateDirectory(In("shared")).FullName;
        _site.RunSilently("mount", "--bind", shared, shared);
        _site.RunSilently("mount", "--make-shared", shared);
        string[] places = ["shared/opened", "shared/looked-at", "shared/absent-name", "shared/unused"];
        Array.ForEach(places, place => IdleClock.Mount(_site, Directory.CreateDirectory(In(place)).FullName, Interval));
        using var holder = NamespaceHolder.Start("unshare", "--mount", "--propagation", "slave");
        string There(string place, string path) => $"/proc/{holder.Id}/root{In(place)}/{path}";

        using var reader = new SteadyWork(() => Paced(() =>
        {
            using var file = new OpenFile(There("shared/opened", HandMadeArchive.AlwaysThere));
            Assert.NotEmpty(file.Read(0, 100));
        }));
        using var looker = new SteadyWork(() => Paced(() => Assert.Equal(0, Syscall.stat(There("shared/looked-at", HandMadeArchive.AlwaysThere), out _))));
        using var searcher = new SteadyWork(() => Paced(() => Assert.Equal(-1, Syscall.access(There("shared/absent-name", "vmlinux"), AccessModes.F_OK))));

        IdleClock.Tick(_site, 2 * Interval);
        IdleClock.AwaitUnmounted(In(places[3]));
        Array.ForEach([reader, looker, searcher], static use => use.AwaitRound());
        Assert.All(places[..3], place => Assert.NotNull(MountTable.At(In(place))));
        Array.ForEach([reader, looker, searcher], static use => use.Stop());
        Assert.All(places[..3], place => IdleClock.AwaitUnmounted(In(place)));
        _site.AssertGone();
        _ = Native.umount2(shared, Native.MNT_DETACH);
    }

    [Fact]
    public void An_ordinary_users_mount_that_is_looked_at_stays()
    {
        using var site = new UserSite();
        site.As(site.Program, "-o", $"idle={Interval}", site.Site.Archive, site.Directory).Succeeded();
        site.AssertMounted();
        string failed = Path.Combine(site.Site.Scratch.Work, "failed");
        using (NamespaceHolder.Run(
            "(while [ -e \"$1\" ]; do sleep 0.1; done; touch \"$2\") & trap \"kill $!\" EXIT",
            OrdinaryUser.Prefix,
            [Path.Combine(site.Directory, HandMadeArchive.AlwaysThere), failed]))
        {
            IdleClock.Tick(_site, 2 * Interval);
            Assert.False(File.Exists(failed), "it has gone while it was looked at");
            Assert.NotNull(MountTable.At(site.Directory));
        }

        IdleClock.AwaitUnmounted(site.Directory);
        File.Delete(failed);
        site.AssertGone();
    }

    [Fact]
    public void For_an_eighth_of_the_interval_nothing_is_asked_twice_and_then_it_is()
    {
        using var mounted = MountedProgram.Foreground(_site.Archive, "-o", "idle=40");
        Use();
        ServerStatistics before = mounted.Statistics();
        Use();
        Assert.Equal("", mounted.Statistics().Since(before));
        Deadline.Until(
            () =>
            {
                Use();
                return mounted.Statistics()["LOOKUP"] > before["LOOKUP"];
            },
            "a name is asked for again");
        Assert.Equal(before["READ"], mounted.Statistics()["READ"]); // contents stay in the cache

        void Use() => mounted.Within(() =>
        {
            Assert.NotEmpty(Directory.GetFileSystemEntries(mounted.In("include/linux")));
            Assert.NotEmpty(File.ReadAllBytes(mounted.In(HandMadeArchive.AlwaysThere)));
            Assert.False(File.Exists(mounted.In("vmlinux")));
        });
    }

    private static void Paced(Action use)
    {
        use();
        Thread.Sleep(s_pace);
    }

    private string In(string name) => _site.Scratch.In(name);
}
