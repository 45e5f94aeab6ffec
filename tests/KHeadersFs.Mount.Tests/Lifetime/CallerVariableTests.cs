using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// The caller's variables, tokens and what a runner of jobs kills by among them, are in no process of the program: neither in one that outlives the caller, nor in
/// one that reads what anybody has made, nor in one that was started without a caller between.
/// </summary>
public sealed class CallerVariableTests : IDisposable
{
    private static readonly string[] s_prefix = ["env", "BUILD_ID=7", "RUNNER_TRACKING_ID=y", "CALLER_TOKEN=secret", "PATH=/usr/bin:/bin:/secret"];

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("ro")]
    [InlineData("sandbox=off")]
    [InlineData("setuid=65534")]
    [InlineData("idle=1000")]
    public void A_server_in_the_background_and_its_keeper_have_none(string options)
    {
        _site.RunSilently([.. s_prefix, Subject.Path, "-o", options, _site.Archive, _site.Directory]);
        _site.AssertMounted();
        Assert.Equal(options is "sandbox=off" ? 0 : 1, Subject.Keepers().Count);
        AssertForgotten();
        _site.Unmount();
    }

    [Fact]
    public void A_server_in_the_foreground_has_none()
    {
        using Process server = Start("-f", _site.Archive, _site.Directory);
        Deadline.Until(() => MountTable.At(_site.Directory) is not null && Subject.Keepers().Count == 1, "a mount and its keeper");
        AssertForgotten();
        _site.RunSilently("umount", _site.Directory);
        Assert.True(server.WaitForExit(Deadline.Short));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nobody_who_builds_or_decodes_has_any(bool foreground)
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process mounting = Start([.. foreground ? ["-f"] : Array.Empty<string>(), archive.Path, _site.Directory]);
        archive.WaitUntilRead();
        Assert.Single(Subject.Decoders());
        Assert.True(Subject.Processes().Count >= (foreground ? 3 : 2));
        AssertForgotten();
        Assert.Equal(0, Syscall.kill(mounting.Id, Signum.SIGTERM));
        Assert.True(mounting.WaitForExit(Deadline.Short));
    }

    [Fact]
    public void One_that_reads_from_a_pipe_leaves_none()
    {
        ProcessRun run = ProcessRun.Of(
            [.. s_prefix, Subject.Path, "-o", "release=ignore", "-", _site.Directory], _site.Scratch.Work, _site.Scratch.Environment, File.ReadAllBytes(_site.Archive));
        run.Succeeded();
        _site.AssertMounted();
        AssertForgotten();
        _site.Unmount();
    }

    [Fact]
    public void What_primes_has_none()
    {
        using Process mounting = Start("-o", "prime,release=ignore", Archives.Real, _site.Directory);
        int[] walkers = [];
        Deadline.Until(
            () =>
            {
                AssertForgotten(settled: false);
                walkers = [.. walkers.Union(Subject.Walkers())];
                return walkers.Length > 0;
            },
            "a walker");
        Deadline.Until(() => mounting.HasExited, "a mount");
        AssertForgotten();
        _site.AssertMounted();
        _site.Unmount();
    }

    [Theory]
    [InlineData("-f")]
    [InlineData("-v")]
    public void One_that_has_taken_over_has_none(string flag)
    {
        using Process first = Start(flag, _site.Archive, _site.Directory);
        Deadline.Until(() => MountTable.At(_site.Directory) is not null && Subject.Keepers().Count == 1 && Subject.Servers().Count == 1, "a mount");
        Deadline.Until(() => flag is "-f" || first.HasExited, "an answer");
        _site.AssertMounted();
        int server = _site.Server();
        string image = StackOf(server);
        Assert.Equal(0, Syscall.kill(server, Signum.SIGUSR2));
        Deadline.Until(() => StackOf(server) is [_, ..] stack && !string.Equals(stack, image, StringComparison.Ordinal), "another image");
        Deadline.Within(Deadline.Short, () => File.ReadAllBytes(Path.Combine(_site.Directory, HandMadeArchive.AlwaysThere)));
        AssertForgotten();
        _site.RunSilently("umount", _site.Directory);
        _site.AssertGone();
    }

    [Fact]
    public void What_an_ordinary_user_mounts_has_none()
    {
        using var user = new UserSite();
        user.As([.. s_prefix, user.Program, user.Site.Archive, user.Directory]).Succeeded();
        user.AssertMounted();
        Assert.All(ProcFs.Running(user.Program), static id => Assert.DoesNotContain("secret", Text(id), StringComparison.Ordinal));
        user.As(user.Program, "-u", user.Directory).Succeeded();
        user.AssertGone();
    }

    // Each image has its stack elsewhere.
    private static string StackOf(int id) =>
        Read($"/proc/{id}/maps").Split('\n').FirstOrDefault(static line => line.EndsWith("[stack]", StringComparison.Ordinal), "");

    private static string Text(int id) => Read($"/proc/{id}/environ");

    /// <summary>Empty for a process that has ended, or is not there for the moment in which it becomes another image (fs/exec.c: de_thread).</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Of processes that have begun to run, which all have when a mount answers, nothing at all is left.</summary>
    private static void AssertForgotten(bool settled = true)
    {
        foreach (int id in Subject.Processes())
        {
            string text = Text(id);
            Assert.DoesNotContain("CALLER_TOKEN", settled ? text : Child(id, text), StringComparison.Ordinal);
            Assert.DoesNotContain("BUILD_ID", settled ? text : Child(id, text), StringComparison.Ordinal);
            if (settled)
            {
                Deadline.Until(() => Text(id).Trim('\0').Length == 0, $"no variables in process {id}: {text}");
            }
        }
    }

    /// <summary>Without the caller's own process in its first moment.</summary>
    private static string Child(int id, string text) => Subject.Processes().Contains(ProcFs.Parent(id)) ? text : "";

    private Process Start(params string[] arguments)
    {
        Process process = ProcessRun.Start([.. s_prefix, Subject.Path, .. arguments], _site.Scratch.Work, _site.Scratch.Environment);
        process.StandardInput.Close();
        return process;
    }
}
