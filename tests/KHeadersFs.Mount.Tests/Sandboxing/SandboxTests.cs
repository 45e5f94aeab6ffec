using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>-o sandbox: what a server has given up, tried from within it, and what it can do all the same.</summary>
public sealed class SandboxTests : IDisposable
{
    private const int EPERM = -1;

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

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

    [Theory]
    [InlineData("ro")]
    [InlineData("mkdir")]
    public void A_mount_below_a_directory_that_only_another_user_can_pass_is_unmounted_by_a_signal(string option)
    {
        string own = _site.Scratch.In("theirs/own/mnt");
        ProcessRun.Shell("mkdir -p \"$1\" && chown \"$2\" \"$1/..\" && chmod 700 \"$1/..\"", own, OrdinaryUser.Id).Succeeded();
        _site.RunSilently(Subject.Path, "-o", option, _site.Archive, option is "mkdir" ? $"{own}/made" : own);
        Assert.Equal(0, Syscall.kill(_site.Server(), Signum.SIGTERM));
        _site.AssertGone();
        Assert.Empty(Directory.GetFileSystemEntries(own));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("on")]
    [InlineData("auto,kbuild")]
    public void Who_decodes_an_archive_has_no_right_at_all(string option)
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process mounting = Start("-o", $"sandbox={option}", archive.Path, _site.Directory);
        archive.WaitUntilRead();
        string decoder = $"/proc/{Assert.Single(Subject.Decoders())}";
        string[] threads = [.. Directory.GetDirectories($"{decoder}/task").Select(RightsOf).Where(static r => r.Length > 0)];
        Assert.InRange(threads.Length, 2, 10);
        Assert.All(threads, static t => Assert.Equal(string.Join(' ', Enumerable.Repeat("0000000000000000", 5)) + " 1 2", t));
        string limits = File.ReadAllText($"{decoder}/limits");
        Assert.Matches("(?m)^Max cpu time +3600 +3600 ", limits);
        Assert.Matches("(?m)^Max core file size +0 +0 ", limits);
        Assert.Matches("(?m)^Max open files +64 +64 ", limits);
        Assert.DoesNotMatch("(?m)^Max (file size|data size) +[0-9a-z]+ +unlimited", limits);

        // The archive, the way back, the store to be, and streams that lead nowhere.
        string[] open = [.. ProcFs.Descriptors(int.Parse(decoder[6..], CultureInfo.InvariantCulture)).Values];
        Assert.All(open, name => Assert.True(name is "/dev/null" || name.StartsWith("socket:", StringComparison.Ordinal) || name.EndsWith("/pipe", StringComparison.Ordinal) || name.StartsWith("/memfd:", StringComparison.Ordinal), name));
        Assert.Equal(0, Syscall.kill(mounting.Id, Signum.SIGTERM));
        Deadline.Until(() => mounting.HasExited, "the end");
        Assert.Equal(FailedMount.Interrupted, mounting.ExitCode);
        _site.AssertGone();
    }

    // Numbers of x86-64 and of arm64; with 0 for pointers, what is allowed ends with EFAULT.
    [Theory]
    [InlineData("openat", 257, 56)]
    [InlineData("openat2", 437, 437)]
    [InlineData("execve", 59, 221)]
    [InlineData("clone of a process", 56, 220, 17)]
    [InlineData("socket", 41, 198, 1, 1)]
    [InlineData("connect", 42, 203)]
    [InlineData("kill", 62, 129, 1, 0)]
    [InlineData("tgkill of another process", 234, 131, 1, 1)]
    [InlineData("prlimit64 of another process", 302, 261, 1, 7)]
    [InlineData("ptrace", 101, 117)]
    [InlineData("mount", 165, 40)]
    [InlineData("umount2", 166, 39)]
    [InlineData("unlinkat", 263, 35)]
    [InlineData("ioctl", 16, 29)]
    [InlineData("getdents64", 217, 61)]
    [InlineData("bpf", 321, 280)]
    [InlineData("io_uring_setup", 425, 425)]
    [InlineData("userfaultfd", 323, 282)]
    [InlineData("setuid", 105, 146)]
    public void A_call_that_nobody_needs_who_decodes_fails_there(string what, int x86, int arm, int first = 0, int second = 0)
    {
        string inject = Compiled("inject");
        bool isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process mounting = Start(archive.Path, _site.Directory);
        archive.WaitUntilRead();
        int decoder = Assert.Single(Subject.Decoders());
        Assert.Equal((what, EPERM), (what, InjectInto(decoder, inject, isArm ? $"{arm}" : $"{x86}", $"{first}", $"{second}")));
        Assert.Equal(decoder, InjectInto(decoder, inject, isArm ? "172" : "39"));
        Assert.Equal(0, InjectInto(decoder, inject, isArm ? "131" : "234", $"{decoder}", $"{decoder}", "0"));
        Assert.Equal(0, InjectInto(decoder, inject, isArm ? "261" : "302", "0", "7"));
        mounting.Kill();
        Deadline.Until(static () => Subject.Processes().Count == 0, "no process left");
    }

    [Theory]
    [InlineData(Signum.SIGSYS, FailedMount.Bug, "crashed signal")]
    [InlineData(Signum.SIGKILL, FailedMount.SystemError, "killed memory again")]
    public void A_decoder_that_dies_is_told_of_and_nothing_is_left(Signum signal, int code, string words)
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process mounting = Start("-o", "mkdir", archive.Path, Path.Combine(_site.Directory, "made"));
        archive.WaitUntilRead();
        Assert.Equal(0, Syscall.kill(Assert.Single(Subject.Decoders()), signal));
        Deadline.Until(() => mounting.HasExited, "the end");
        Assert.Equal(code, mounting.ExitCode);
        Message.Is(mounting.StandardError.ReadToEnd(), archive.Path, $"process reads {words}");
        _site.AssertGone();
        Assert.Empty(Directory.GetFileSystemEntries(_site.Directory));
    }

    [Fact]
    public void Off_decodes_in_the_process_that_mounts()
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process mounting = Start("-o", "sandbox=off", archive.Path, _site.Directory);
        archive.WaitUntilRead();
        Assert.Equal(mounting.Id, Assert.Single(Subject.Processes()));
        mounting.Kill();
        Deadline.Until(static () => Subject.Processes().Count == 0, "no process left");
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("info")]
    public void A_command_that_reads_an_archive_gives_up_its_system_calls_first(string command)
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process reading = Start(command, archive.Path);
        archive.WaitUntilRead();
        string process = $"/proc/{reading.Id}";
        Assert.Equal("0000000000000000", Status(process, "CapEff"));
        Assert.All(Directory.GetDirectories($"{process}/task"), static t => Assert.Equal(("1", "2"), (Status(t, "NoNewPrivs"), Status(t, "Seccomp"))));
        Assert.Equal(0, Syscall.kill(reading.Id, Signum.SIGINT));
        Deadline.Until(() => reading.HasExited, "the end");
        Assert.Equal(FailedMount.Interrupted, reading.ExitCode);
        string said = reading.StandardError.ReadToEnd();
        Assert.Matches(@"\Akheadersfs: [^\n]+\n\z", said);
        Message.Says(said, "interrupted");
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
            Deadline.Until(() => File.ReadAllText(log).Split($" {LogLine.TookOver}").Length == times + 1, "another server");
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
        string[] lines = told.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Message.IsWarning(lines[0] + "\n", $"{_site.Archive}: sandbox", "process reads system calls (Function not implemented)");
        Message.IsWarning(lines[1] + "\n", $"{_site.Directory}: sandbox", "server system calls (Function not implemented)");
        Assert.Equal("1", Status($"/proc/{_site.Server()}", "NoNewPrivs"));
        _site.Unmount();

        ProcessRun run = _site.Run(old, Subject.Path, "-o", "sandbox=on", _site.Archive, _site.Directory);
        Assert.Equal(2, run.ExitCode);
        Message.Is(run.Error, "-o sandbox=on", $"process reads {_site.Archive} system calls (Function not implemented) sandbox=auto");
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

    private static string Compiled(string name) => HelperProgram.Of($"Sandboxing/{name}.c");

    private int Inject(string inject, params string[] call) => InjectInto(_site.Server(), inject, call);

    private int InjectInto(int process, string inject, params string[] call) =>
        int.Parse(_site.Run([inject, $"{process}", .. call]).Succeeded().Output, CultureInfo.InvariantCulture);

    /// <summary>The program, which waits for its archive.</summary>
    private Process Start(params string[] arguments) =>
        ProcessRun.Start([Subject.Path, .. arguments], _site.Scratch.Work, _site.Scratch.Environment);
}
