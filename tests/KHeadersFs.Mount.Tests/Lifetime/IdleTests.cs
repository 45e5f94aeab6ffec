using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>-o idle: what nobody uses goes, what somebody uses stays. Each test has many mounts, for all of them wait at once.</summary>
public sealed class IdleTests : IDisposable
{
    /// <summary>For what is to be used in time, also on a machine that has much else to do. The last one counts.</summary>
    private const string Used = "idle=2";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void What_nobody_uses_goes_and_leaves_nothing()
    {
        string log = _site.Scratch.In("log");
        Mount("made/build", "mkdir");
        Mount("left/build", $"mkdir,setuid={OrdinaryUser.Id},log={log}");

        // Something else by the same path is let alone.
        Mount("named/build", "mkdir");
        Directory.Move(In("named"), In("renamed"));
        Directory.CreateDirectory(In("named/build"));
        using var other = Cover.Empty(In("named/build"));

        Mount("moved");
        _site.RunSilently("mount", "--move", In("moved"), Directory.CreateDirectory(In("new-place")).FullName);
        Mount("bound");
        _site.RunSilently("mount", "--bind", In("bound"), Directory.CreateDirectory(In("second-place")).FullName);
        _site.RunSilently("mount", "--bind", In("bound/include"), Directory.CreateDirectory(In("third-place")).FullName);

        AwaitNone();
        _site.AssertGone();
        Assert.Empty(ProgramRecords.Held());
        Assert.All((string[])["made", "left", "renamed"], name => Assert.False(Directory.Exists(In(name)), name));
        Assert.Equal("tmpfs", MountTable.At(In("named/build"))?.Type);
        Message.Says(File.ReadAllText(log), $"{In("left/build")}: unmounted used 1 s");
    }

    [Fact]
    public void What_is_in_use_stays_and_goes_afterwards()
    {
        // Each is used at once, and would have gone two or three of its intervals later.
        Mount("working-directory", Used);
        using (NamespaceHolder.Run("cd \"$1\"", ["env"], [In("working-directory")]))
        {
            Mount("open-file", Used);
            using var file = new OpenFile(HeaderIn("open-file"));
            Mount("open-with-setuid", $"{Used},setuid={OrdinaryUser.Id},log={_site.Scratch.In("log")}");
            using var another = new OpenFile(HeaderIn("open-with-setuid"));
            Mount("mapping", Used);
            using var mapping = new MappedFile(HeaderIn("mapping"));
            Mount("covered", Used);
            using var cover = Cover.Empty(In("covered"));
            Mount("looked-at", Used);
            using var looks = new SteadyWork(() =>
            {
                // The kernel answers this from its caches: the server learns nothing of it.
                Assert.Equal(0, Syscall.stat(HeaderIn("looked-at"), out _));
                Thread.Sleep(100); // the pace at which it is used
            });
            Mount("unused", Used);
            IdleClock.AwaitUnmounted(In("unused"));
            IdleClock.Tick(_site, 2); // one more interval
            Assert.Equal(6, Mounts());
            Assert.Equal("tmpfs", MountTable.At(In("covered"))?.Type);
            looks.AwaitRound();
            looks.Stop();
        }

        AwaitNone();
        _site.AssertGone();
    }

    [Fact]
    public void A_copy_in_another_namespace_is_served_on()
    {
        string log = _site.Scratch.In("log");
        Mount("build", $"log={log}");
        using (var holder = NamespaceHolder.Start("unshare", "--mount", "--propagation", "private"))
        {
            AwaitNone();
            Assert.Single(Subject.Servers());
            string header = $"/proc/{holder.Id}/root{HeaderIn("build")}";
            Deadline.Within(Deadline.Short, () => Assert.NotEmpty(File.ReadAllBytes(header)));
            AwaitLine(log, "unmounted copies namespaces served");
        }

        _site.AssertGone();
    }

    [Fact]
    public void The_server_that_has_taken_over_does_it_too_and_ends_with_0()
    {
        using var mounted = MountedProgram.Foreground(_site.Archive, "-o", "idle=1");
        mounted.Signal(Signum.SIGUSR2);
        Assert.Equal(0, mounted.WaitForEnd());
        Assert.Contains(LogLine.TookOver, mounted.LogText, StringComparison.Ordinal);
        Message.Says(mounted.LogText, "unmounted used 1 s");
        Assert.True(mounted.IsUnmounted());
    }

    [Fact]
    public void An_ordinary_users_mount_goes_without_requests_unless_it_is_in_use()
    {
        using var site = new UserSite();
        site.As(site.Program, "-o", "idle=1", site.Site.Archive, site.Directory).Succeeded();
        site.AssertMounted();
        string held = Directory.CreateDirectory(site.Site.Scratch.In("held")).FullName;
        ProcessRun.Of(["chown", OrdinaryUser.Id, held]).Succeeded();
        site.As(site.Program, "-o", Used, site.Site.Archive, held).Succeeded();
        using (var shell = NamespaceHolder.Run("cd \"$1\"", OrdinaryUser.Prefix, [held]))
        {
            IdleClock.AwaitUnmounted(site.Directory);
            IdleClock.Tick(_site, 3); // more than one interval more
            Assert.NotNull(MountTable.At(held));
        }

        IdleClock.AwaitUnmounted(held);
        site.AssertGone();
    }

    [Fact]
    public void What_somebody_else_has_mounted_stays_and_one_line_says_so()
    {
        string log = _site.Scratch.In("log");
        _site.RunSilently(
            "sh",
            "-c",
            "exec 9<>/dev/fuse; mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 theirs \"$1\"; exec \"$2\" -o \"idle=1,log=$3\" \"$4\" /dev/fd/9",
            "sh",
            _site.Directory,
            Subject.Path,
            log,
            _site.Archive);
        AwaitLine(log, "-o idle nothing");
        _site.RunSilently("umount", _site.Directory);
        _site.AssertGone();
    }

    private static void AwaitNone() => Deadline.Until(static () => Mounts() == 0, "all mounts unmounted", Deadline.Long);

    private static void AwaitLine(string log, string words) =>
        Deadline.Until(() => File.ReadLines(log).Any(line => Message.Has(line, words)), $"a line: {words}");

    /// <summary>Mounts of the program, however many places each has.</summary>
    private static int Mounts() => MountTable.Read().Where(static mount => mount.Type is "fuse.kheadersfs")
        .Select(static mount => mount.Device).Distinct(StringComparer.Ordinal).Count();

    private void Mount(string name, string options = "ro")
    {
        if (!options.Contains("mkdir", StringComparison.Ordinal))
        {
            Directory.CreateDirectory(In(name));
        }

        IdleClock.Mount(_site, In(name), 1, options);
    }

    private string In(string name) => _site.Scratch.In(name);

    private string HeaderIn(string name) => Path.Combine(In(name), HandMadeArchive.AlwaysThere);
}
