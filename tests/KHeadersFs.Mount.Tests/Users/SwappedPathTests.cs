using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Root has mounted below a directory of a user's, who has the path lead to another mount just when root calls umount2(2) or mount(2): root
/// still gets the mount that it looked at, or none.
/// </summary>
public sealed class SwappedPathTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly string _home;
    private readonly string _directory;
    private readonly string _victim;

    public SwappedPathTests()
    {
        _ = new OrdinaryUser(_site.Scratch);
        _home = _site.Scratch.Work;
        _directory = Path.Combine(_home, "a/b");
        string victim = _site.Scratch.In("victim");
        _victim = Directory.CreateDirectory(Path.Combine(victim, "b")).FullName;
        _site.RunSilently([.. OrdinaryUser.Prefix, "mkdir", "-p", _directory]);
        _site.RunSilently("mount", "-t", "tmpfs", "victim", _victim);
        _site.RunSilently(Subject.Path, _site.Archive, _directory);
    }

    public void Dispose() => _site.Dispose();

    [Fact]
    public void Unmounting_takes_away_the_mount_that_was_looked_at()
    {
        Assert.Equal(0, RunWhileSwapped("umount2", ["-u", _directory]).ExitCode);
        AssertVictimStays();
        Assert.DoesNotContain(MountTable.Read(), static mount => mount.Type is "fuse.kheadersfs");
    }

    [Fact]
    public void So_it_does_where_the_server_has_died_and_somebody_uses_the_mount()
    {
        using var use = new HeldDirectory(_site, _directory);
        _site.KillServer();
        Assert.Equal(0, RunWhileSwapped("umount2", ["-u", _directory], isDetach: true).ExitCode);
        AssertVictimStays();
        Assert.DoesNotContain(MountTable.Read(), static mount => mount.Type is "fuse.kheadersfs");
    }

    [Fact]
    public void Replacing_a_dead_mount_takes_away_that_one()
    {
        _site.KillServer();
        ProcessRun run = RunWhileSwapped("umount2", [_site.Archive, _directory], isDetach: true);
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Says(run.Error, "changed others");
        AssertVictimStays();
        Assert.DoesNotContain(MountTable.Read(), static mount => mount.Type is "fuse.kheadersfs");
    }

    [Fact]
    public void A_remount_changes_that_one()
    {
        string before = Assert.Single(MountTable.Read(), mount => mount.Source is "victim").Options;
        Assert.Equal(0, RunWhileSwapped("mount", ["-o", "remount,noexec", _site.Archive, _directory]).ExitCode);
        AssertVictimStays();
        Assert.Equal(before, MountTable.At(_victim)?.Options);
        Assert.Contains("noexec", Assert.Single(MountTable.Read(), static mount => mount.Type is "fuse.kheadersfs").Options, StringComparison.Ordinal);
    }

    /// <summary>Runs the program, and swaps the directory while strace(1) keeps it at the entry of a call: for umount2, of the first with or without MNT_DETACH.</summary>
    private ProcessRun RunWhileSwapped(string call, string[] arguments, bool isDetach = false)
    {
        string[] strace = ["strace", "-qq", "-o", "/dev/null", "-e", $"inject={call}:delay_enter=2000000", Subject.Path];
        using Process process = ProcessRun.Start([.. strace, .. arguments], _site.Scratch.Temporary, _site.Scratch.Environment);
        string number = NumberOf(call);
        Deadline.Until(() => process.HasExited || Subject.Processes().Any(id => IsIn(id, number, isDetach)), $"{call} called");
        Assert.False(process.HasExited, $"{call} is not called");
        _site.RunSilently(
            [.. OrdinaryUser.Prefix, "sh", "-c", "mv \"$1/a\" \"$1/mine\" && ln -s \"$2\" \"$1/a\"", "sh", _home, Path.GetDirectoryName(_victim)!]);
        Assert.True(process.WaitForExit(Deadline.Short), "the program does not end");
        return new ProcessRun(call, process.ExitCode, process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd());
    }

    /// <summary>proc_pid_syscall(5): the number, and the arguments in hexadecimal, the second of which are umount2's flags.</summary>
    private static bool IsIn(int process, string number, bool isDetach)
    {
        try
        {
            string[] words = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/syscall")).Split(' ');
            return words.Length > 2 && string.Equals(words[0], number, StringComparison.Ordinal)
                && (!isDetach || (Convert.ToInt64(words[2], 16) & Native.MNT_DETACH) != 0);
        }
        catch (IOException)
        {
            return false; // it has just ended
        }
    }

    /// <summary>unistd_64.h of x86, and asm-generic/unistd.h.</summary>
    private static string NumberOf(string call) => (call, RuntimeInformation.ProcessArchitecture is Architecture.Arm64) switch
    {
        ("umount2", false) => "166",
        ("umount2", true) => "39",
        ("mount", false) => "165",
        _ => "40",
    };

    private void AssertVictimStays() => Assert.Equal("victim", MountTable.At(_victim)?.Source);
}
