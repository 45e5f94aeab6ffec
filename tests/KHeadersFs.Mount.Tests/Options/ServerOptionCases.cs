using System.Globalization;
using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>Options about the server and who may use it.</summary>
internal static class ServerOptionCases
{
    internal static Dictionary<string, Action<OptionCase>[]> All { get; } = new(StringComparer.Ordinal)
    {
        // What they do for ordinary users is proved by AccessTests.
        ["allow_other"] = [static c => Entered(c, "allow_other")],
        ["allow_root"] = [static c => Entered(c, "allow_root")],
        ["threads"] = [static c => Threads(c, 1), static c => Threads(c, 7), static c => Threads(c, 64)],
        ["spin"] = [static _ => Assert.Equal(0, Spins("0")), static _ => Assert.NotEqual(0, Spins("10000"))],
        ["cache_blocks"] =
        [
            static c => Serves(c, "release=ignore,cache_blocks=1"), static c => Serves(c, "release=ignore,cache_blocks=4096"), LessMemory,
        ],
        ["prime"] = [static _ => Primes()],
        ["max_read"] = [static c => MaxRead(c, 4096), static c => MaxRead(c, 65536), static c => MaxRead(c, 131072)],
        // All of it: IdleTests.
        ["idle"] = [static c => Leaves(c)],
        ["setuid"] =
        [
            static c => Becomes(c, $"setuid=nobody,log={LogOf(c)}", OrdinaryUser.Id),
            static c => Becomes(c, $"setuid={OrdinaryUser.Id},mkdir,log={LogOf(c)}", OrdinaryUser.Id),
        ],

        // All of it: SandboxTests.
        ["sandbox"] =
        [
            static c => c.Mounted("sandbox=on", _ => Assert.Equal("2", c.ServerStatus("Seccomp"))),
            static c => c.Mounted("sandbox=auto", _ => Assert.Equal("1", c.ServerStatus("NoNewPrivs"))),
            static c => c.Mounted("sandbox=off", _ => Assert.Equal("0", c.ServerStatus("Seccomp"))),
            static c => c.Refused(FailedMount.Usage, "sandbox=maybe", "sandbox=maybe"),
        ],
        ["pidfile"] = [static c => NotesProcess(c)],

        // All of it: LogFileTests.
        ["log"] = [static c => c.Mounted($"log={LogOf(c)}", _ => Assert.Contains(c.Site.Archive, File.ReadAllText(LogOf(c)), StringComparison.Ordinal))],
    };

    // Without one, a server that may not write to the kernel's log warns where there is no other.
    private static string LogOf(OptionCase c) => c.Site.Scratch.In("log");

    private static void NotesProcess(OptionCase c)
    {
        string file = c.Site.Scratch.In("pid");
        File.WriteAllText(file, "1\n");
        c.Mounted($"pidfile={file}", _ => Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{c.Site.Server()}\n"), File.ReadAllText(file)));
        Assert.False(File.Exists(file), "the file is there after the mount");
        c.Refused(FailedMount.MountFailure, "pidfile=/nowhere/pid", "/nowhere/pid");
        c.Refused(FailedMount.Usage, "pidfile=pid", "pidfile=pid");
    }

    private static void Entered(OptionCase c, string option) => c.Mounted(option, _ =>
    {
        Assert.Contains("allow_other", c.SuperOptions(), StringComparison.Ordinal);
        c.Site.Run([.. OrdinaryUser.Prefix, "cat", c.Header]).Succeeded();
    });

    private static void Threads(OptionCase c, int number) =>
        c.Mounted(string.Create(CultureInfo.InvariantCulture, $"threads={number}"), _ =>
        {
            // One of them is the process's first thread, which may keep its name. They start after the mount answers.
            int Serving() => Directory.GetDirectories($"/proc/{c.Site.Server()}/task")
                .Count(static task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("fuse-", StringComparison.Ordinal));
            Deadline.Until(() => Serving() >= number - 1, $"{number} threads");
            Assert.InRange(Serving(), number - 1, number);
        });

    private static void Leaves(OptionCase c)
    {
        c.Site.RunSilently(Subject.Path, "-o", "idle=1", c.Site.Archive, c.Directory);
        c.Site.AssertMounted();
        Deadline.Until(() => MountTable.At(c.Directory) is null, "no mount without use");
    }

    // A mount of its own: only one in the foreground can be asked.
    private static long Spins(string microseconds)
    {
        using var mounted = MountedProgram.Foreground(Archives.Real, "-o", "spin=" + microseconds);
        mounted.Within(() => ProcessRun.Of(["ls", "-lR", mounted.Root]).Succeeded());
        mounted.Statistics();
        using var report = JsonDocument.Parse(mounted.Log.Statistics[^1][mounted.Log.Statistics[^1].IndexOf('{', StringComparison.Ordinal)..]);
        return report.RootElement.GetProperty("spins").GetInt64();
    }

    // All of it: PrimeTests and PrimeEndTests.
    private static void Primes()
    {
        using var mounted = MountedProgram.Foreground(Archives.Real, "-o", "prime");
        Assert.NotEqual(0, Primed.Statistics(mounted).Prime.Names);
    }

    private static void Serves(OptionCase c, string options) => c.Mounted(options, Archives.Real, _ =>
    {
        const string name = "include/linux/sched.h";
        Assert.Null(FileBytes.Difference(
            Path.Combine(ReferenceTree.Of(Archives.Real).Tree.Root, name), Path.Combine(c.Directory, name)));
    });

    private static void LessMemory(OptionCase c)
    {
        long few = 0, many = 0;
        c.Mounted("release=ignore,cache_blocks=1", Archives.Real, _ => few = ReadEverything(c));
        c.Mounted("release=ignore,cache_blocks=4096", Archives.Real, _ => many = ReadEverything(c));
        Assert.True(many > few + (16 * 1024 * 1024), $"{few} bytes with one block, {many} with all of them");
    }

    private static long ReadEverything(OptionCase c)
    {
        c.Site.Run("sh", "-c", "tar -cf - -C \"$1\" . | wc -c", "sh", c.Directory).Succeeded();
        return ServerMemory.Of(c.Site.Server()).Resident;
    }

    private static void MaxRead(OptionCase c, int bytes) =>
        c.Mounted(string.Create(CultureInfo.InvariantCulture, $"release=ignore,max_read={bytes}"), Archives.Real, _ =>
        {
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"max_read={bytes}"), c.SuperOptions(), StringComparison.Ordinal);
            Assert.Equal(0, c.Site.Run("cat", Path.Combine(c.Directory, "include/linux/fs.h")).ExitCode);
        });

    private static void Becomes(OptionCase c, string options, string user) => c.Mounted(options, _ =>
    {
        Assert.Equal($"{user} {user} {user} {user}", c.ServerStatus("Uid").Replace('\t', ' '));
        Assert.Equal($"{user} {user} {user} {user}", c.ServerStatus("Gid").Replace('\t', ' '));
        Assert.Equal(string.Empty, c.ServerStatus("Groups"));
        Assert.Equal("0000000000000000", c.ServerStatus("CapEff"));

        // The tree stays that of the user who mounted.
        Assert.Equal(0u, OptionCase.Status(c.Header).st_uid);
    });
}
