using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>What somebody could do to the machine who has made the server do what they want: tried from within it, in each of its threads.</summary>
public sealed class ServerRightsTests : IDisposable
{
    private const string Text = "root's own\n";
    private const int HERE = -100; // AT_FDCWD

    private static readonly bool s_isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;

    private readonly MountSite _site = new();
    private readonly string _inject = HelperProgram.Of("Sandboxing/inject.c");
    private readonly string _secret;

    public ServerRightsTests()
    {
        _secret = Directory.CreateDirectory(_site.Scratch.In("roots")).FullName + "/secret";
        File.WriteAllText(_secret, Text);
        File.SetUnixFileMode(_secret, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("sandbox=auto", false)]
    [InlineData("sandbox=on", false)]
    [InlineData("sandbox=auto", true)]
    [InlineData("setuid=1", false)]
    [InlineData("prime,umask=077,uid=1234", false)]
    [InlineData("idle=300", false)]
    [InlineData("mkdir", false)]
    public void Nothing_on_the_machine_can_be_touched(string option, bool isForeground)
    {
        using MountedProgram mounted = isForeground
            ? MountedProgram.Foreground(_site.Archive, "-o", option)
            : MountedProgram.Detached(_site.Archive, "-o", option);
        AssertPowerless(mounted.ServerId, mounted.Root);
        mounted.Within(() => Assert.NotEmpty(Directory.GetFileSystemEntries(mounted.Root)));
    }

    /// <summary>Blocks are what anybody may have made: the decoder of a server that still has rights would be a way to them.</summary>
    [Fact]
    public void Before_it_has_given_up_its_rights_it_decodes_nothing()
    {
        const string block = "\"(\\265/\\375"; // zstd's magic number, as strace shows it
        string trace = _site.Scratch.In("trace");
        using Process traced = ProcessRun.Start(
            ["strace", "-f", "-qq", "-o", trace, "-e", "trace=pread64,setuid", Subject.Path, "-o", "release=ignore", Archives.Real, _site.Directory],
            _site.Scratch.Work,
            _site.Scratch.Environment);
        Deadline.Until(() => MountTable.At(_site.Directory) is not null && Subject.Servers() is [_], "the mount");
        Deadline.Read(_site.Directory, "include/linux/sched.h");
        _site.Unmount();
        Deadline.Until(() => traced.HasExited, "the end of strace");
        string[] lines = File.ReadAllLines(trace);
        // Each of the server's threads gives up its rights by itself; one by which it never does is another process's.
        Dictionary<string, int> given = [];
        foreach ((int at, string line) in lines.Index())
        {
            if (line.Contains(" setuid(", StringComparison.Ordinal))
            {
                given.TryAdd(line.Split(' ')[0], at);
            }
        }

        (int At, string Thread)[] decoded =
        [
            .. lines.Index()
                .Where(line => line.Item.Contains(block, StringComparison.Ordinal) && given.ContainsKey(line.Item.Split(' ')[0]))
                .Select(static line => (line.Index, line.Item.Split(' ')[0])),
        ];
        Assert.NotEmpty(decoded);
        Assert.All(decoded, one => Assert.True(one.At > given[one.Thread], lines[one.At]));
    }

    [Fact]
    public void Nor_when_another_version_has_taken_over_twice()
    {
        string log = _site.Scratch.In("log");
        using MountedProgram mounted = MountedProgram.Detached(_site.Archive, "-o", $"log={log}");
        for (int times = 1; times <= 2; times++)
        {
            mounted.Signal(Signum.SIGUSR2);
            Deadline.Until(() => File.ReadAllText(log).Split($" {LogLine.TookOver}").Length == times + 1, "another server");
        }

        AssertPowerless(mounted.ServerId, mounted.Root);
    }

    [Fact]
    public void Nor_when_a_killed_one_has_been_taken_over_from()
    {
        using var manager = new StandInManager(_site, _site.Directory);
        manager.Tell("start");
        manager.Tell("kill 1");
        manager.AssertSaid(1, LogLine.TookOver);
        AssertPowerless(manager.Service, _site.Directory);
    }

    /// <summary>Root without the rights by which root is more than the owner of its files.</summary>
    [Fact]
    public void Its_keeper_has_the_right_to_unmount_and_few_others()
    {
        using MountedProgram mounted = MountedProgram.Detached(_site.Archive);
        int keeper = Assert.Single(Subject.Keepers());
        AssertRefused("to give a file away", Call(keeper, 260, 54, HERE, _secret, 1, 1, 0));
        AssertRefused("to change its root", Call(keeper, 161, 51, "/"));
        AssertRefused("to become another user", Call(keeper, 105, 146, 1));
        AssertRefused("to load a module", Call(keeper, 175, 105, 0, 0, 0));
        Assert.Equal(0, Call(keeper, 166, 39, mounted.Root, 2));
        Assert.True(mounted.IsUnmounted());
        Assert.Equal(0, mounted.WaitForEnd());
    }

    [Fact]
    public void Without_a_sandbox_all_of_that_can_be_done()
    {
        using MountedProgram mounted = MountedProgram.Detached(_site.Archive, "-o", "sandbox=off");
        Assert.InRange(Call(mounted.ServerId, 257, 56, HERE, _secret, 1) ?? 0, 3, 1000);
        Assert.Equal(0, Call(mounted.ServerId, 62, 129, Environment.ProcessId, 0));
        Assert.Equal(0, Call(mounted.ServerId, 263, 35, HERE, _secret, 0));
        Assert.False(File.Exists(_secret));
    }

    [Fact]
    public void Two_servers_cannot_reach_each_other()
    {
        using MountedProgram mounted = MountedProgram.Detached(_site.Archive);
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        int other = Assert.Single(Subject.Servers(), id => id != mounted.ServerId);
        Assert.NotEqual(Owner(mounted.ServerId), Owner(other), StringComparer.Ordinal);
        AssertRefused("to kill another server", Call(mounted.ServerId, 62, 129, other, 9));
        mounted.Within(() => Assert.NotEmpty(Directory.GetFileSystemEntries(_site.Directory)));
    }

    [Theory]
    [InlineData("auto", 0)]
    [InlineData("on", FailedMount.SystemError)]
    public void Where_there_is_no_other_user_that_is_said(string sandbox, int status)
    {
        ProcessRun run = _site.Run("unshare", "--user", "--map-root-user", "--mount", Subject.Path, "-o", $"sandbox={sandbox}", _site.Archive, _site.Directory);
        Assert.Equal(status, run.ExitCode);
        Message.Says(run.Error, "sandbox server root's files");
    }

    /// <summary>Root with CAP_SYS_RESOURCE raises the limit, and any other one is told.</summary>
    [Fact]
    public void A_limit_of_processes_that_is_too_low_for_another_user_ends_no_server()
    {
        ProcessRun run = _site.Run("prlimit", "--nproc=1", Subject.Path, _site.Archive, _site.Directory).Succeeded();
        int server = _site.Server();
        bool isRoot = Owner(server).Split('\t')[1] is "0";
        Assert.Equal(isRoot, Message.Has(run.Error, "root's files limit processes ulimit -u"));
        _site.AssertMounted();
        _site.Unmount();
    }

    private static string Owner(int process) =>
        File.ReadLines($"/proc/{process}/status").Single(static line => line.StartsWith("Uid:", StringComparison.Ordinal));

    private void AssertPowerless(int server, string root)
    {
        string directory = Path.GetDirectoryName(_secret)!;
        int self = Environment.ProcessId;
        string[] threads = [.. Directory.GetDirectories($"/proc/{server}/task").Select(Path.GetFileName).OfType<string>()];
        Assert.InRange(threads.Length, 3, 40);
        foreach (int thread in threads.Select(static t => int.Parse(t, CultureInfo.InvariantCulture)))
        {
            AssertRefused("to write to a file of root's", Call(thread, 257, 56, HERE, _secret, 1));
            AssertRefused("to add to it", Call(thread, 257, 56, HERE, _secret, 0x401));
            AssertRefused("to read what only root may read", Call(thread, 257, 56, HERE, _secret, 0));
            AssertRefused("to write to /etc/passwd", Call(thread, 257, 56, HERE, "/etc/passwd", 2));
            AssertRefused("to write to what everybody may write to", Call(thread, 257, 56, HERE, "/dev/null", 1));
            AssertRefused("to make a file", Call(thread, 257, 56, HERE, $"{directory}/new", 0x41, 0x180));
            AssertRefused("to open by openat2", Call(thread, 437, 437, HERE, _secret, 0, 24));
            AssertRefused("to remove a file", Call(thread, 263, 35, HERE, _secret, 0));
            AssertRefused("to rename it", Call(thread, 316, 276, HERE, _secret, HERE, $"{directory}/other"));
            AssertRefused("to make a directory", Call(thread, 258, 34, HERE, $"{directory}/new", 0x1FF));
            AssertRefused("to execute a program", Call(thread, 59, 221, "/bin/true", 0, 0));
            AssertRefused("to execute its own", Call(thread, 59, 221, Subject.Path, 0, 0));
            AssertRefused("to execute what is open", Call(thread, 322, 281, 0, "", 0, 0, 0x1000));
            AssertRefused("to start a process", Call(thread, 56, 220, 17, 0));
            AssertRefused("to signal another process", Call(thread, 62, 129, self, 0));
            AssertRefused("to signal a thread of another process", Call(thread, 234, 131, self, self, 0));
            AssertRefused("to read another process's memory", Call(thread, 257, 56, HERE, $"/proc/{self}/mem", 0));
            AssertRefused("to look into another process", Call(thread, 101, 117, 0x4206, self, 0, 0)); // PTRACE_SEIZE
            AssertRefused("to unmount", Call(thread, 166, 39, root, 2));
            AssertRefused("to mount", Call(thread, 165, 40, "none", root, "tmpfs", 0, 0));
            AssertRefused("to become root", Call(thread, 105, 146, 0));
        }

        Assert.Equal(Text, File.ReadAllText(_secret));
        Assert.Equal(_secret, Assert.Single(Directory.GetFileSystemEntries(directory)));
        Assert.NotNull(MountTable.At(root));
    }

    private static void AssertRefused(string what, long? result) => Assert.True(result is null or (< 0 and > -200), $"{what}: {result}");

    /// <summary>Has a thread make a system call, by its number of x86-64 or of arm64: what it returned, a negative errno; null when the thread has ended.</summary>
    private long? Call(int thread, int x86, int arm, params object[] arguments)
    {
        string[] words = [.. arguments.Select(static a => a is string text ? $"={text}" : string.Create(CultureInfo.InvariantCulture, $"{a}"))];
        ProcessRun run = _site.Run([_inject, $"{thread}", $"{(s_isArm ? arm : x86)}", .. words]);
        return run.ExitCode != 0 && !Directory.Exists($"/proc/{thread}") ? null : long.Parse(run.Succeeded().Output, CultureInfo.InvariantCulture);
    }
}
