using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Priming is in nobody's way: not when the mount ends, not when a process does, not when memory is short.</summary>
public sealed partial class PrimeEndTests
{
    private const string Prime = "release=ignore,prime";

    /// <summary>Well below the 20 ms without a request after which others count as served.</summary>
    private static readonly TimeSpan s_noPause = TimeSpan.FromMilliseconds(15);

    [Fact]
    public void A_mount_can_be_unmounted_at_once_and_leaves_nothing_each_time()
    {
        using var site = new MountSite();
        for (int round = 0; round < Rounds.Count; round++)
        {
            site.RunSilently(Subject.Path, "-o", Prime, Archives.Real, site.Directory);
            site.Server();
            site.Unmount();
        }
    }

    [Theory]
    [InlineData("begun")]
    [InlineData("names")]
    [InlineData("files")]
    public void A_mount_can_be_unmounted_while_it_is_walked(string stage)
    {
        using MountedProgram mounted = MountedProgram.Foreground(Archives.Real, "-o", Prime);
        Deadline.Until(
            () => mounted.Statistics().Prime is var told && stage switch { "names" => told.Names > 0, "files" => told.Files > 0, _ => Subject.Walkers() is not [] || told.State is "done" },
            $"a walk that has come to: {stage}",
            Deadline.Long);
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        Assert.Equal(0, mounted.WaitForEnd());
        Assert.True(mounted.IsUnmounted());
        Assert.Empty(FailedMount.Leftovers(mounted.Scratch));
    }

    [Fact]
    public void A_killed_server_takes_its_walker_with_it()
    {
        for (int round = 0; round < Rounds.Count; round++)
        {
            using MountedProgram mounted = MountedProgram.Detached(Archives.Real, "-o", Prime);
            Primed.Walker();
            mounted.Signal(Signum.SIGKILL);
            Assert.Equal(128 + (int)Signum.SIGKILL, mounted.WaitForEnd());
            ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        }
    }

    [Fact]
    public void A_killed_walker_leaves_a_mount_that_serves()
    {
        using MountedProgram mounted = MountedProgram.Foreground(Archives.Real, "-o", Prime);
        Assert.Equal(0, Syscall.kill(Primed.Walker(), Signum.SIGKILL));
        Assert.Equal("stopped", Primed.Ended(mounted).Prime.State);
        const string name = "include/linux/sched.h";
        mounted.Within(() => Assert.Null(
            FileBytes.Difference(Path.Combine(ReferenceTree.Of(Archives.Real).Tree.Root, name), mounted.In(name))));
    }

    [Fact]
    public void A_signal_ends_it_without_a_word()
    {
        for (int round = 0; round < Rounds.Count; round++)
        {
            using MountedProgram mounted = MountedProgram.Foreground(Archives.Real, "-o", Prime);
            Primed.Walker();
            mounted.Signal(Signum.SIGTERM);
            Assert.Equal(0, mounted.WaitForEnd());
            Assert.True(mounted.IsUnmounted());
            Assert.DoesNotContain("warning", mounted.LogText, StringComparison.Ordinal);
            Assert.Empty(FailedMount.Leftovers(mounted.Scratch));
        }
    }

    [Theory]
    [InlineData("/proc/meminfo", "memory available")]
    [InlineData("/proc/pressure/memory", "wait memory")]
    public void It_stops_when_memory_is_short(string file, string words)
    {
        Subject.RequireMounts();
        TestRun.SkipUnless(File.Exists(file), $"this kernel has no {file}");
        using var scratch = new Scratch();
        string shortage = scratch.Write("shortage", System.Text.Encoding.UTF8.GetBytes(Available().Replace(Pressure().Replace(
            File.ReadAllText(file), "some avg10=7.50"), "MemAvailable: 20000 kB")));
        Assert.Equal(0, Native.mount(shortage, file, null, Native.MS_BIND, null));
        try
        {
            using MountedProgram mounted = MountedProgram.Foreground(Archives.Real, "-o", Prime);
            PrimeStatistics told = Primed.Ended(mounted).Prime;
            Assert.Equal(new PrimeStatistics("stopped", 0, 0, 0, 0), told);
            Message.Says(mounted.LogText, words);
        }
        finally
        {
            Assert.Equal(0, Native.umount2(file, Native.MNT_DETACH));
        }
    }

    [Fact]
    public void For_an_ordinary_user_it_does_nothing_and_does_no_harm()
    {
        using var site = new UserSite();
        site.Mount("-o", "prime").Succeeded();
        site.AssertMounted();
        Assert.Equal(0, site.As("cat", Path.Combine(site.Directory, HandMadeArchive.AlwaysThere)).ExitCode);
        site.As("fusermount3", "-u", site.Directory).Succeeded();
        site.AssertGone();
    }

    [Fact]
    public void A_server_that_has_become_another_user_can_still_send_out_its_walker()
    {
        using var mounted = MountedProgram.Foreground(
            Archives.Real, "-o", string.Create(CultureInfo.InvariantCulture, $"{Prime},setuid={OrdinaryUser.Id}"));
        Assert.True(Primed.Statistics(mounted).Prime.Files > 1000, mounted.LogText);
    }

    /// <summary>What counts is a while in which the clients of the test left no such pause as it waits for; a busy machine may need several tries.</summary>
    [Fact]
    public void While_others_are_served_it_waits()
    {
        TimeSpan pause = TimeSpan.MaxValue;
        Deadline.Until(
            () =>
            {
                (pause, PrimeStatistics told) = AfterManyRequests();
                if (pause >= s_noPause)
                {
                    return false;
                }

                Assert.Equal("running", told.State);
                return true;
            },
            $"half a second of requests without a pause",
            Deadline.Long);
    }

    /// <summary>The longest pause between two requests in half a second of them, as clients see it, and how far priming has come in the end.</summary>
    private static (TimeSpan Pause, PrimeStatistics Prime) AfterManyRequests()
    {
        using var mounted = MountedProgram.Foreground(Archives.Real, "-o", Prime);
        long end = Environment.TickCount64 + 500;
        long last = Stopwatch.GetTimestamp();
        long longest = 0;
        Thread[] clients = [.. Enumerable.Range(0, 4).Select(client => new Thread(() => Ask(client)))];
        mounted.Within(() =>
        {
            Array.ForEach(clients, static client => client.Start());
            Array.ForEach(clients, static client => client.Join());
        });
        PrimeStatistics told = mounted.Statistics().Prime;
        TimeSpan pause = Stopwatch.GetElapsedTime(0, longest);
        Figures.Note($"after half a second of requests, {pause.TotalMilliseconds} ms between two at most: {told}");
        Primed.Statistics(mounted);
        return (pause, told);

        // Each name is a request, and four clients hardly leave a millisecond without one.
        void Ask(int client)
        {
            for (int number = 0; Environment.TickCount64 < end; number++)
            {
                _ = Syscall.lstat(mounted.In($"absent{client}.{number}"), out _);
                long now = Stopwatch.GetTimestamp();
                Longest(ref longest, now - Interlocked.Exchange(ref last, now));
            }
        }
    }

    private static void Longest(ref long longest, long ticks)
    {
        long seen;
        while (ticks > (seen = Volatile.Read(ref longest)) && Interlocked.CompareExchange(ref longest, ticks, seen) != seen)
        {
        }
    }

    [GeneratedRegex("MemAvailable: .*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Available();

    [GeneratedRegex("some avg10=[0-9.]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pressure();
}
