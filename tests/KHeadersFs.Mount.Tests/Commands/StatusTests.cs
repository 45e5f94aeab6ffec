using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>kheadersfs status: what it tells, that it is no use of a mount, and that it never hangs.</summary>
public sealed class StatusTests : IDisposable
{
    private const int NoAnswer = 16;

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void Each_mount_is_told_with_its_server_and_what_that_was_asked()
    {
        DateTimeOffset before = DateTimeOffset.UtcNow.AddSeconds(-1);
        string other = Directory.CreateDirectory(_site.Scratch.In("a \"b\"\n\\é")).FullName;
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        int server = _site.Server();
        _site.RunSilently(Subject.Path, "-o", "fsname=named", _site.Archive, other);
        byte[] header = Deadline.Read(_site.Directory, "include/linux/kconfig.h");

        JsonElement[] mounts = Mounts(Status("--json"));
        Assert.Equal($"{_site.Directory}:{other}", string.Join(':', mounts.Select(static m => m.GetProperty("directory").GetString())));
        JsonElement first = mounts[0];
        Assert.Equal(_site.Archive, first.GetProperty("archive").GetString());
        Assert.Equal("named", mounts[1].GetProperty("archive").GetString());
        Assert.Equal(MountTable.At(_site.Directory)!.Device, first.GetProperty("device").GetString());
        Assert.Equal(Syscall.geteuid(), first.GetProperty("user_id").GetUInt32());
        Assert.Equal(server, first.GetProperty("process").GetInt32());
        Assert.InRange(first.GetProperty("mounted").GetDateTimeOffset(), before, DateTimeOffset.UtcNow);
        Assert.InRange(first.GetProperty("resident_bytes").GetInt64(), 1 << 20, 20 << 20);
        Assert.Equal(StoreBytes(server), first.GetProperty("store_bytes").GetInt64());
        Assert.Equal(header.Length, first.GetProperty("bytes_read").GetInt64());
        Assert.Equal(1, first.GetProperty("requests").GetProperty("READ").GetInt64());
        Assert.Equal(3, first.GetProperty("requests").GetProperty("LOOKUP").GetInt64());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("answers").ValueKind);

        string text = Status(_site.Directory).Output;
        Assert.StartsWith($"{_site.Directory}\n  archive   {_site.Archive}\n  mounted   by user 0, ", text, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\n  server    process {server}, "), text, StringComparison.Ordinal);
        Assert.Contains(@"a ""b""\x0a\é", Status().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_is_0_only_while_the_mount_answers()
    {
        Expect(NoAnswer, "no kheadersfs mounted", "status", "--check", _site.Directory);
        Expect(NoAnswer, "no kheadersfs mounted", "status", _site.Directory);
        Expect(NoAnswer, "no kheadersfs mounted", "status", "--check");
        Expect(NoAnswer, "no kheadersfs mounted", "status", "--check", "/proc");
        Assert.Empty(Status().Output);

        string link = _site.Scratch.In("link");
        File.CreateSymbolicLink(link, _site.Directory);
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        Assert.Contains("\n  answers   yes\n", Status("--check", _site.Directory).Output, StringComparison.Ordinal);
        Assert.True(Mounts(Status("--check", "--json", "--", link))[0].GetProperty("answers").GetBoolean());

        _site.KillServer();
        Expect(NoAnswer, "server died", "status", "--check", _site.Directory);
        Expect(NoAnswer, "server died", "status", "--check");
        Message.Says(Status(_site.Directory).Output, "server seen --check");
        ProcessRun json = _site.Run(Subject.Path, "status", "--check", "--json", _site.Directory);
        Assert.Equal(NoAnswer, json.ExitCode);
        Assert.False(Mounts(json)[0].GetProperty("answers").GetBoolean());

        _site.RunSilently(Subject.Path, "-u", _site.Directory);
        Expect(NoAnswer, "no kheadersfs mounted", "status", "--check", _site.Directory);
        _site.AssertGone();
    }

    /// <summary>
    /// Somebody else's server, who has read the question: whoever waits for the answer cannot be killed before there is one
    /// (fs/fuse/dev.c: request_wait_answer).
    /// </summary>
    [Fact]
    public void A_server_that_reads_and_never_answers_is_waited_for_5_seconds()
    {
        using var server = new SilentServer(_site, _site.Directory);
        var watch = Stopwatch.StartNew();
        Expect(NoAnswer, "server 5 s", "status", "--check", _site.Directory);
        Assert.InRange(watch.Elapsed.TotalSeconds, 5, Deadline.Long.TotalSeconds); // a limit against hanging, whatever else the machine does
        Assert.True(server.WasAsked);
        Assert.StartsWith(_site.Directory, Status().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_server_is_told_from_one_that_answers()
    {
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        int server = _site.Server();
        Assert.Equal(0, Syscall.kill(server, Signum.SIGSTOP));
        Expect(NoAnswer, "server 5 s", "status", "--check", _site.Directory);
        Assert.Equal(server, Mounts(Status("--json"))[0].GetProperty("process").GetInt32());
        Assert.Equal(0, Syscall.kill(server, Signum.SIGCONT));
        Status("--check", _site.Directory);
        _site.Unmount();
    }

    [Fact]
    public void A_look_is_no_use_for_idle_and_a_check_is_one()
    {
        string looked = Directory.CreateDirectory(_site.Scratch.In("looked")).FullName;
        string asked = Directory.CreateDirectory(_site.Scratch.In("asked")).FullName;
        _site.RunSilently(Subject.Path, "-o", "idle=1", _site.Archive, looked);
        _site.RunSilently(Subject.Path, "-o", "idle=1", _site.Archive, asked);
        using (var looks = new SteadyWork(() => _site.Run(Subject.Path, "status", looked)))
        using (var checks = new SteadyWork(() => Status("--check", asked)))
        {
            Deadline.Until(() => MountTable.At(looked) is null, "the mount that is only looked at unmounted");
            Assert.True(looks.Stop() > 2, "hardly a look");
            Assert.NotNull(MountTable.At(asked));
            Assert.True(checks.Stop() > 2, "hardly a check");
        }

        Deadline.Until(() => MountTable.At(asked) is null, "the other mount unmounted");
        _site.AssertGone();
    }

    [Fact]
    public void What_a_user_has_mounted_is_told_to_the_user_and_asked_by_nobody_else()
    {
        using var site = new UserSite();
        site.Mount().Succeeded();
        site.AssertMounted();
        ProcessRun own = site.As(site.Program, "status", "--check", "--json", site.Directory).Succeeded();
        JsonElement mount = Mounts(own)[0];
        Assert.Equal(OrdinaryUser.Id, mount.GetProperty("user_id").GetRawText());
        Assert.Equal(JsonValueKind.Number, mount.GetProperty("process").ValueKind);

        ProcessRun others = site.AsStranger(site.Program, "status", "--json").Succeeded();
        Assert.Equal(JsonValueKind.Null, Mounts(others)[0].GetProperty("process").ValueKind);
        ProcessRun refused = site.AsStranger(site.Program, "status", "--check", site.Directory);
        Assert.Equal(NoAnswer, refused.ExitCode);
        Message.Says(refused.Error, $"{site.Directory} mount user {OrdinaryUser.Id}");
        site.As(site.Program, "-u", site.Directory).Succeeded();
        site.AssertGone();
    }

    [Fact]
    public void Counters_start_anew_with_the_server_that_takes_over_and_the_mounts_time_stays()
    {
        using var mounted = MountedProgram.Foreground(_site.Archive);
        Deadline.Read(mounted.Root, "include/linux/kconfig.h");
        JsonElement before = Mounts(Status("--json", mounted.Root))[0];
        mounted.Signal(Signum.SIGUSR2);
        Deadline.Until(() => mounted.LogText.Contains(LogLine.TookOver, StringComparison.Ordinal), "the next server");
        JsonElement after = Mounts(Status("--check", "--json", mounted.Root))[0];
        Assert.Equal(before.GetProperty("mounted").GetString(), after.GetProperty("mounted").GetString());
        Assert.Equal(before.GetProperty("process").GetInt32(), after.GetProperty("process").GetInt32());
        Assert.True(before.GetProperty("bytes_read").GetInt64() > 0);
        Assert.Equal(0, after.GetProperty("bytes_read").GetInt64());
        Assert.Equal(1, Mounts(Status("--json"))[0].GetProperty("requests").GetProperty("STATFS").GetInt64());
        Assert.Equal(1, mounted.Statistics()["STATFS"]);
        mounted.Signal(Signum.SIGTERM);
        Assert.Equal(0, mounted.WaitForEnd());
    }

    [Theory]
    [InlineData("status DIR DIR", "DIR")]
    [InlineData("status --bogus", "--bogus")]
    [InlineData("status DIR -o rw", "./status")]
    public void Wrong_arguments_are_named(string arguments, string named) => FailedMount.Expect(
        FailedMount.Usage,
        named.Replace("DIR", _site.Directory, StringComparison.Ordinal),
        _site.Scratch,
        [.. arguments.Split(' ').Select(word => word.Replace("DIR", _site.Directory, StringComparison.Ordinal))]);

    /// <summary>An archive of that name is mounted when anything stands before it, or it is given as a path.</summary>
    [Theory]
    [InlineData("KHEADERSFS ./status DIR")]
    [InlineData("KHEADERSFS -- status DIR")]
    [InlineData("KHEADERSFS -o ro status DIR")]
    public void An_archive_called_status_can_be_mounted(string command)
    {
        string archive = Path.Combine(_site.Scratch.Work, "status");
        File.Copy(_site.Archive, archive);
        _site.RunSilently(
            [.. command.Split(' ').Select(word => word switch { "KHEADERSFS" => Subject.Path, "DIR" => _site.Directory, _ => word })]);
        Assert.Equal(archive, _site.AssertMounted().Source);
        File.Delete(archive);
        _site.Unmount();
    }

    private static JsonElement[] Mounts(ProcessRun run)
    {
        using var document = JsonDocument.Parse(run.Output);
        return [.. document.RootElement.GetProperty("mounts").EnumerateArray().Select(static m => m.Clone())];
    }

    private static long StoreBytes(int server)
    {
        int number = ProcFs.Descriptors(server)
            .Single(static d => d.Value.StartsWith("/memfd:kheadersfs-store", StringComparison.Ordinal)).Key;
        Assert.Equal(0, Syscall.stat(string.Create(CultureInfo.InvariantCulture, $"/proc/{server}/fd/{number}"), out Stat stat));
        return stat.st_size;
    }

    private ProcessRun Status(params string[] arguments)
    {
        ProcessRun run = _site.Run([Subject.Path, "status", .. arguments]).Succeeded();
        Assert.Empty(run.Error);
        return run;
    }

    private void Expect(int code, string words, params string[] arguments)
    {
        ProcessRun run = _site.Run([Subject.Path, .. arguments]);
        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Assert.Matches("\\Akheadersfs: [^\n]+: [^\n]+\n\\z", run.Error);
        Message.Says(run.Error, words);
    }
}
