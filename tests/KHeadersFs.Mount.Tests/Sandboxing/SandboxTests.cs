using System.Globalization;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>-o sandbox: what a server has given up, tried from within it, and what it can do all the same.</summary>
public sealed class SandboxTests : IDisposable
{
    private const int EPERM = -1;
    private const long SysAdmin = 1L << 21;
    private const long ForeignFiles = (1L << 1) | (1L << 3);

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("auto", false, SysAdmin)]
    [InlineData("on", false, SysAdmin)]
    [InlineData("auto", true, SysAdmin)]
    [InlineData("auto,prime,umask=077,uid=1234", false, SysAdmin | ForeignFiles)]
    public void What_is_not_needed_is_given_up(string option, bool isForeground, long kept)
    {
        using MountedProgram mounted = isForeground
            ? MountedProgram.Foreground(_site.Archive, "-o", $"sandbox={option}")
            : MountedProgram.Detached(_site.Archive, "-o", $"sandbox={option}");
        string[] threads = [.. Directory.GetDirectories($"/proc/{mounted.ServerId}/task").Select(RightsOf).Where(static r => r.Length > 0)];
        Assert.InRange(threads.Length, 3, 40);
        Assert.All(threads, static thread => Assert.EndsWith(" 1 2", thread, StringComparison.Ordinal));

        // The one that reads the device, and those that it has started.
        string serving = FormattableString.Invariant($"{kept:x16} {kept:x16} {kept:x16} 0000000000000000 0000000000000000 1 2");
        Assert.Equal(serving, RightsOf($"/proc/{mounted.ServerId}"));
        Assert.InRange(threads.Count(thread => string.Equals(thread, serving, StringComparison.Ordinal)), 2, 40);
        Assert.Contains("Max core file size        0                    0", File.ReadAllText($"/proc/{mounted.ServerId}/limits"), StringComparison.Ordinal);
        Assert.Equal(HeaderText(mounted.Root), HeaderText(mounted.Root));
    }

    // Numbers of x86-64 and of arm64.
    [Theory]
    [InlineData("mount", 165, 40)]
    [InlineData("ptrace", 101, 117)]
    [InlineData("bpf", 321, 280)]
    [InlineData("init_module", 175, 105)]
    [InlineData("kexec_load", 246, 104)]
    [InlineData("setns", 308, 268)]
    [InlineData("unshare", 272, 97)]
    [InlineData("chroot", 161, 51)]
    [InlineData("process_vm_readv", 310, 270)]
    [InlineData("perf_event_open", 298, 241)]
    [InlineData("keyctl", 250, 219)]
    [InlineData("setuid", 105, 146)]
    [InlineData("socket of AF_INET", 41, 198, 2, 1)]
    [InlineData("socket of AF_NETLINK", 41, 198, 16, 3)]
    public void A_call_that_no_server_needs_fails_in_it(string what, int x86, int arm, int first = 0, int second = 0)
    {
        string inject = Compiled("inject");
        string number = $"{(RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? arm : x86)}";
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        Assert.Equal((what, EPERM), (what, Inject(inject, number, $"{first}", $"{second}")));
        _site.AssertMounted();
        _site.Unmount();

        _site.RunSilently(Subject.Path, "-o", "sandbox=off", _site.Archive, _site.Directory);
        if (what.StartsWith("socket", StringComparison.Ordinal))
        {
            Assert.InRange(Inject(inject, number, $"{first}", $"{second}"), 3, 1000);
        }

        _site.Unmount();
    }

    [Fact]
    public void A_call_that_it_needs_is_made()
    {
        string inject = Compiled("inject");
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        Assert.Equal(_site.Server(), Inject(inject, RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? "172" : "39"));
        _site.Unmount();
    }

    [Fact]
    public void What_it_made_below_a_directory_that_only_another_user_can_pass_is_removed()
    {
        string own = _site.Scratch.In("theirs/own");
        ProcessRun.Shell("mkdir -p \"$1\" && chown \"$2\" \"$1/..\" && chmod 700 \"$1/..\"", own, OrdinaryUser.Id).Succeeded();
        _site.RunSilently(Subject.Path, "-o", $"mkdir,pidfile={own}/pid", _site.Archive, $"{own}/made");
        Assert.Equal(2, Directory.GetFileSystemEntries(own).Length);
        _site.RunSilently("umount", $"{own}/made");
        Deadline.Until(() => Directory.GetFileSystemEntries(own) is [], "nothing left");
    }

    [Fact]
    public void Off_gives_up_nothing()
    {
        _site.RunSilently(Subject.Path, "-o", "sandbox=off", _site.Archive, _site.Directory);
        string process = $"/proc/{_site.Server()}";
        Assert.Equal(("0", "0", Status("/proc/self", "CapEff")), (Status(process, "NoNewPrivs"), Status(process, "Seccomp"), Status(process, "CapEff")));
        _site.Unmount();
    }

    [Fact]
    public void Who_takes_over_has_one_filter_and_no_more()
    {
        string log = _site.Scratch.In("log");
        _site.RunSilently(Subject.Path, "-o", $"log={log}", _site.Archive, _site.Directory);
        for (int times = 1; times <= 3; times++)
        {
            Assert.Equal(0, Syscall.kill(_site.Server(), Signum.SIGUSR2));
            Deadline.Until(() => File.ReadAllText(log).Split(" took over ").Length == times + 1, "another server");
            _site.AssertMounted();
        }

        string process = $"/proc/{_site.Server()}";
        Assert.Equal(("2", "1", "1"), (Status(process, "Seccomp"), Status(process, "Seccomp_filters"), Status(process, "NoNewPrivs")));
        _site.Unmount();
    }

    [Fact]
    public void An_old_kernel_gets_a_line_with_auto_and_no_mount_with_on()
    {
        string old = Compiled("old-kernel");
        ProcessRun told = _site.Run(old, Subject.Path, _site.Archive, _site.Directory).Succeeded();
        _site.AssertMounted();
        Assert.Equal($"kheadersfs: warning: {_site.Directory}: sandbox: the server cannot give up system calls (Function not implemented)\n", told.Error);
        Assert.Equal("1", Status($"/proc/{_site.Server()}", "NoNewPrivs"));
        _site.Unmount();

        ProcessRun run = _site.Run(old, Subject.Path, "-o", "sandbox=on", _site.Archive, _site.Directory);
        Assert.Equal((2, "kheadersfs: -o sandbox=on: the server cannot give up system calls (Function not implemented); mount with sandbox=auto\n"), (run.ExitCode, run.Error));
        _site.AssertGone();
    }

    /// <summary>Empty for a thread that has ended meanwhile.</summary>
    private static string RightsOf(string thread)
    {
        try
        {
            return string.Join(' ', ((string[])["CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb", "NoNewPrivs", "Seccomp"]).Select(f => Status(thread, f)));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Status(string process, string field) => File.ReadLines($"{process}/status")
        .Single(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();

    private static string HeaderText(string root) => File.ReadAllText(Path.Combine(root, HandMadeArchive.AlwaysThere));

    private string Compiled(string name)
    {
        string program = _site.Scratch.In(name);
        ProcessRun.Of(["gcc", "-O1", "-Wall", "-o", program, Path.Combine(Subject.RepositoryRoot(), $"tests/KHeadersFs.Mount.Tests/Sandboxing/{name}.c")]).Succeeded();
        return program;
    }

    private int Inject(string inject, params string[] call) =>
        int.Parse(_site.Run([inject, $"{_site.Server()}", .. call]).Succeeded().Output, CultureInfo.InvariantCulture);
}
