using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A mount outlives its server: the next one serves on, and nobody who uses the mount notices.</summary>
public sealed class TakingOverTests : IDisposable
{
    private const string Header = "include/linux/skbuff.h";
    private const string Mounted = LogLine.Serving;
    private const string TookOver = LogLine.TookOver;

    private static readonly string s_expected = Path.Combine(ReferenceTree.Of(Archives.Real).Tree.Root, Header);

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_compile_and_an_open_file_do_not_notice_fifty_kills(bool oldKernel)
    {
        var compile = new ClangCompile(_site.Scratch, ReferenceTree.Of(Archives.Real).Tree.Root);
        string right = compile.Run();
        using StandInManager manager = Start(oldKernel);
        compile = new ClangCompile(_site.Scratch, _site.Directory);
        using var reader = new SteadyReader(In(Header), File.ReadAllBytes(s_expected));
        using var compiler = new SteadyWork(() =>
        {
            Assert.Equal(right, compile.Run());
            Forget(compile.HeadersRead());
        });
        for (int i = 0; i < 10; i++)
        {
            manager.Tell("kill 5");
            reader.AwaitRound();
        }

        reader.Stop();
        Assert.True(compiler.Stop() > 0, "no compile");
        manager.AssertSaid(50, TookOver);
        manager.AssertSaid(1, Mounted);
        AssertStops(manager);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_dead_server_had_read_is_answered_by_the_next(bool oldKernel)
    {
        using StandInManager manager = Start(oldKernel);
        byte[] expected = File.ReadAllBytes(s_expected);
        manager.Tell("end SIGKILL");
        byte[] got = [];
        var reader = new Thread(() => got = File.ReadAllBytes(In(Header)));
        reader.Start();
        Assert.Equal("1", manager.Tell("swallow")[1]); // FUSE_LOOKUP
        manager.Tell("start");
        Assert.True(reader.Join(Deadline.Short), $"the reader waits still\n{manager.Log}");
        Assert.Equal(expected, got);
        Assert.Equal(1, manager.Statistics().TakenOver);
        AssertStops(manager);
    }

    [Fact]
    public void Reloading_has_the_program_of_today_serve_in_the_same_process()
    {
        using StandInManager manager = Start(oldKernel: false);
        using var reader = new SteadyReader(In(Header), File.ReadAllBytes(s_expected));
        int service = manager.Service;
        for (int i = 1; i <= 5; i++)
        {
            manager.Tell("reload");
            manager.AssertSaid(i, TookOver);
        }

        Assert.Equal(service, manager.Service);
        manager.AssertSaid(1, Mounted);
        reader.Stop();
        AssertStops(manager);
    }

    [Fact]
    public void The_pid_file_stays_when_another_version_takes_over_and_goes_with_the_mount()
    {
        string file = Directory.CreateDirectory(_site.Scratch.In("run")).FullName + "/pid";
        string log = _site.Scratch.In("log");
        using MountedProgram mounted = MountedProgram.Detached(Archives.Real, "-o", $"pidfile={file},log={log}");
        string written = File.ReadAllText(file);
        mounted.Signal(Signum.SIGUSR2);
        Deadline.Until(() => File.ReadAllText(log).Contains(TookOver, StringComparison.Ordinal), "the next server");
        Assert.Equal((written, $"{mounted.ServerId}\n"), (File.ReadAllText(file), written));
        mounted.Within(() => Assert.NotEmpty(File.ReadAllBytes(mounted.In(Header))));
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        Assert.Equal(0, mounted.WaitForEnd());
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_server_writes_the_pid_file_anew_when_the_one_before_was_killed()
    {
        string file = Directory.CreateDirectory(_site.Scratch.In("run")).FullName + "/pid";
        using var manager = new StandInManager(_site, _site.Directory, "-o", $"pidfile={file}");
        manager.Tell("start");
        manager.Tell("kill 1");
        manager.AssertSaid(1, TookOver);
        Assert.Equal($"{manager.Service}\n", File.ReadAllText(file));
        AssertStops(manager);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_signal_to_make_way_that_comes_during_a_takeover_is_not_lost()
    {
        string log = _site.Scratch.In("log");
        using MountedProgram mounted = MountedProgram.Detached(Archives.Real, "-o", $"log={log}");
        mounted.Signal(Signum.SIGUSR2);

        // From execve(2) on, until the new image can handle it, the signal is blocked: for some 10 ms, so nobody sleeps here. Should the moment be missed, the
        // second signal finds a server that has taken over.
        long end = Environment.TickCount64 + 2000;
        while (!File.ReadAllText($"/proc/{mounted.ServerId}/status").Contains("SigBlk:\t0000000000004a07", StringComparison.Ordinal) && Environment.TickCount64 < end)
        {
        }

        mounted.Signal(Signum.SIGUSR2);
        Deadline.Until(() => File.ReadAllText(log).Split(TookOver).Length == 3, "two takeovers");
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        Assert.Equal(0, mounted.WaitForEnd());
    }

    [Fact]
    public void A_manager_that_keeps_nothing_gets_no_dead_mount()
    {
        string made = Path.Combine(_site.Directory, "made");
        using var manager = new StandInManager(_site, made, "-o", "mkdir");
        manager.Tell("keep nothing");
        manager.Tell("start");
        _site.AssertMounted(made);
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGQUIT")));
        _site.AssertGone();
        Assert.False(Directory.Exists(made), "what mkdir made is left");
    }

    [Fact]
    public void Without_a_manager_SIGUSR2_does_the_same()
    {
        using MountedProgram mounted = MountedProgram.Detached(Archives.Real);
        mounted.Within(() =>
        {
            using var reader = new SteadyReader(mounted.In(Header), File.ReadAllBytes(s_expected));
            string[] before = OpenFiles(mounted.ServerId);
            string started = Arguments(mounted.ServerId);
            for (int i = 0; i < 20; i++)
            {
                mounted.Signal(Signum.SIGUSR2); // at any moment, while the one before is still being obeyed too
                reader.AwaitRound();
            }

            reader.Stop();
            string[] after = [];
            Deadline.Until(() => (after = OpenFiles(mounted.ServerId)).Length == before.Length, "as many descriptors as the first server had");
            Assert.Equal(before, after);
            Assert.Equal(started, Arguments(mounted.ServerId));
        });
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        Assert.Equal(0, mounted.WaitForEnd());
    }

    [Fact]
    public void Restarting_leaves_the_mount_and_stopping_takes_it_away_with_what_was_made()
    {
        string made = Path.Combine(_site.Directory, "made");
        using var manager = new StandInManager(_site, made, "-o", "mkdir");
        manager.Tell("start");
        _site.AssertMounted(made);
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGQUIT")));
        Assert.NotNull(MountTable.At(made));
        manager.Tell("start");
        manager.AssertSaid(1, TookOver);
        manager.Tell("kill 1");
        manager.AssertSaid(2, TookOver);
        AssertStops(manager);
        Assert.False(Directory.Exists(made), "what mkdir made is left");
    }

    [Theory]
    [InlineData("store")]
    [InlineData("session")]
    public void What_is_of_another_version_is_not_served(string part)
    {
        using StandInManager manager = Start(oldKernel: false);
        manager.Tell("end SIGKILL");
        manager.Tell($"newer {part}");
        AssertMountsAnew(manager, "anew version kheadersfs");
    }

    [Fact]
    public void With_other_options_it_mounts_anew()
    {
        using StandInManager manager = Start(oldKernel: false);
        manager.ChangeOptions("-o", "threads=3");
        manager.Tell("kill 1");
        manager.AssertSaid(1, Mounted);
        manager.ChangeOptions("-o", "umask=77");
        manager.Tell("end SIGKILL");
        AssertMountsAnew(
            manager,
            "other options",
            () => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(In(Header)) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)));
    }

    [Fact]
    public void Without_what_was_kept_a_dead_mount_is_replaced()
    {
        using StandInManager manager = Start(oldKernel: false);
        manager.Tell("end SIGKILL");
        Assert.Equal("dropped device session store", string.Join(' ', manager.Tell("drop")));
        AssertMountsAnew(manager, "replaced server died");
    }

    private static void Forget(IReadOnlyList<string> files)
    {
        foreach (string path in files)
        {
            using var file = new OpenFile(path);
            Assert.Equal(0, Syscall.posix_fadvise(file.Descriptor, 0, 0, PosixFadviseAdvice.POSIX_FADV_DONTNEED));
        }
    }

    private static string Arguments(int process) => File.ReadAllText($"/proc/{process}/cmdline");

    /// <summary>Without the numbers of pipes and their like, which each process has anew.</summary>
    private static string[] OpenFiles(int process) =>
        [.. ProcFs.Descriptors(process).Values.Select(static name => name.Split('[')[0]).Order(StringComparer.Ordinal)];

    private string In(string name) => Path.Combine(_site.Directory, name);

    private StandInManager Start(bool oldKernel)
    {
        var manager = new StandInManager(_site, _site.Directory);
        manager.Tell("start");
        _site.AssertMounted();
        if (oldKernel)
        {
            manager.Tell("old-kernel");
        }

        return manager;
    }

    private void AssertMountsAnew(StandInManager manager, string reason, Action? look = null)
    {
        manager.Tell("start");
        _site.AssertMounted();
        manager.AssertSaid(2, Mounted);
        manager.AssertSaid(1, reason);
        manager.Tell("kill 1"); // the new one's descriptors are kept
        Assert.Equal(File.ReadAllBytes(s_expected), File.ReadAllBytes(In(Header)));
        look?.Invoke();
        AssertStops(manager);
    }

    private void AssertStops(StandInManager manager)
    {
        Assert.Equal("ended 0", string.Join(' ', manager.Tell("end SIGTERM")));
        Assert.Equal("dropped ", string.Join(' ', manager.Tell("drop")));
        _site.AssertGone();
    }
}
