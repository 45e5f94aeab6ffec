using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A mount that ended while the module was loaded for it: whoever comes next unloads it, unless somebody needs it.</summary>
public sealed class InterruptedModuleTests : IDisposable
{
    private const string Mark = PrivateNamespace.RunDirectory + "/module";

    private readonly MountSite _site = new();

    public InterruptedModuleTests() => File.Delete(Mark);

    public void Dispose()
    {
        _site.Dispose();
        File.Delete(Mark);
    }

    [Fact]
    public void After_SIGTERM_nothing_is_left_loaded()
    {
        using var kernel = Kernel("kill -TERM $PPID");
        ProcessRun run = Subject.Run(_site.Scratch, ["kheaders", _site.Directory]);
        Assert.Equal(FailedMount.Interrupted, run.ExitCode);
        AssertUnloaded(kernel, "-q kheaders", "-r kheaders");
        _site.AssertGone();
    }

    // Ctrl-C goes to modprobe as well.
    [Fact]
    public void After_a_modprobe_that_was_killed_when_it_had_loaded_it_nothing_is_left_loaded()
    {
        using var kernel = Kernel("kill -INT $PPID $$");
        Assert.Equal(FailedMount.Interrupted, Subject.Run(_site.Scratch, ["kheaders", _site.Directory]).ExitCode);
        AssertUnloaded(kernel, "-q kheaders", "-r kheaders");
        _site.AssertGone();
    }

    [Theory]
    [InlineData("kheaders")]
    [InlineData("another archive")]
    public void After_a_kill_the_next_mount_unloads_it(string next)
    {
        using var kernel = Kernel("kill -KILL $PPID");
        Assert.Equal(137, Subject.Run(_site.Scratch, ["kheaders", _site.Directory]).ExitCode);
        Deadline.Until(() => File.Exists(FakeKernel.SysArchive), "the module is loaded");
        _site.RunSilently(Subject.Path, next is "kheaders" ? next : _site.Archive, _site.Directory);
        _site.AssertMounted();
        AssertUnloaded(kernel, "-q kheaders", "-r kheaders");
        _site.Unmount();
    }

    [Fact]
    public void After_a_kill_before_it_was_loaded_the_next_mount_loads_and_unloads_it()
    {
        using var kernel = new FakeKernel(_site.Scratch).Modprobe(
            $"case $1 in -r) rm {FakeKernel.SysArchive} ;; *) [ -e {_site.Scratch.In("once")} ] || {{ : >{_site.Scratch.In("once")}; kill -KILL $PPID; exit; }}; cp {_site.Archive} {FakeKernel.SysArchive} ;; esac");
        Assert.Equal(137, Subject.Run(_site.Scratch, ["kheaders", _site.Directory]).ExitCode);
        Assert.True(File.Exists(Mark), "there is no mark before the module is loaded");
        _site.RunSilently(Subject.Path, "kheaders", _site.Directory);
        _site.AssertMounted();
        AssertUnloaded(kernel, "-q kheaders", "-q kheaders", "-r kheaders");
        _site.Unmount();
    }

    [Fact]
    public void A_mark_of_an_earlier_run_of_the_system_is_none()
    {
        using var kernel = Kernel("");
        File.Copy(_site.Archive, FakeKernel.SysArchive);
        File.WriteAllText(Mark, "00000000-0000-0000-0000-000000000000\n");
        _site.RunSilently(Subject.Path, "kheaders", _site.Directory);
        _site.AssertMounted();
        Assert.Empty(kernel.Calls);
        Assert.True(File.Exists(FakeKernel.SysArchive));
        _site.Unmount();
    }

    [Fact]
    public void With_keep_module_it_is_the_users_from_then_on()
    {
        using var kernel = Kernel("");
        _site.RunSilently(Subject.Path, "-o", "keep_module", "kheaders", _site.Directory);
        _site.Unmount();
        _site.RunSilently(Subject.Path, "kheaders", _site.Directory);
        _site.AssertMounted();
        Assert.Equal(["-q kheaders"], kernel.Calls);
        _site.Unmount();
    }

    [Fact]
    public void While_another_mount_reads_it_stays_and_goes_with_the_last()
    {
        // The archive in the module is a pipe: its reader waits.
        using var kernel = new FakeKernel(_site.Scratch).Modprobe(
            $"case $1 in -r) rm {FakeKernel.SysArchive} ;; *) mkfifo {FakeKernel.SysArchive} ;; esac");
        string other = Directory.CreateDirectory(_site.Scratch.In("other")).FullName;
        using Process reader = ProcessRun.Start([Subject.Path, "kheaders", other], _site.Scratch.Work, _site.Scratch.Environment);
        Deadline.Until(() => File.Exists(FakeKernel.SysArchive), "the module is loaded");
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        _site.AssertMounted();
        Assert.Equal(["-q kheaders"], kernel.Calls);
        Assert.Equal(0, Syscall.kill(reader.Id, Signum.SIGTERM));
        Assert.True(reader.WaitForExit(Deadline.Short), "the reader does not end");
        AssertUnloaded(kernel, "-q kheaders", "-r kheaders");
        _site.Unmount();
    }

    /// <summary>A kernel whose modprobe does something more once it has loaded the module.</summary>
    private FakeKernel Kernel(string then) => new FakeKernel(_site.Scratch).Modprobe(
        $"case $1 in -r) rm {FakeKernel.SysArchive} ;; *) cp {_site.Archive} {FakeKernel.SysArchive}; {(then.Length > 0 ? then : ":")} ;; esac");

    private static void AssertUnloaded(FakeKernel kernel, params string[] calls)
    {
        Assert.Equal(calls, kernel.Calls);
        Assert.False(File.Exists(FakeKernel.SysArchive), "the module is still loaded");
        Assert.False(File.Exists(Mark), "the mark is still there");
    }
}
