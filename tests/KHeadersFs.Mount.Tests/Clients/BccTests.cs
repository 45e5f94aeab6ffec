using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>Debian's bcc, as its users have it, finds the headers at /lib/modules/RELEASE/build without being told.</summary>
public sealed class BccTests : IDisposable
{
    /// <summary>Exit code of the script when bcc could not compile; other failures end with 1.</summary>
    private const int NotCompiled = 3;

    /// <summary>The kernel has compiled code before it, and refused it.</summary>
    private const int NotLoaded = 4;

    private const string Script = """
        import os, sys
        from bcc import BPF
        text = r'''
        #include <linux/sched.h>
        #include <linux/fs.h>
        #include <net/sock.h>
        BPF_ARRAY(counts, u64, 1);
        int count(struct bpf_raw_tracepoint_args *arguments) {
            struct task_struct *task = (struct task_struct *)bpf_get_current_task();
            if (&task->comm)
                counts.increment(0);
            return 0;
        }
        '''
        try:
            program = BPF(text=text)
        except Exception as failure:
            sys.stderr.write("not compiled: %s\n" % failure)
            sys.exit(3)
        if sys.argv[1] == "compile":
            sys.exit(0)
        try:
            function = program.load_func("count", BPF.RAW_TRACEPOINT)
            program.attach_raw_tracepoint("sys_enter", "count")
        except Exception as failure:
            sys.stderr.write("not loaded: %s\n" % failure)
            sys.exit(4)
        for _ in range(1000):
            os.getppid()
        print(program["counts"][0].value)
        """;

    private readonly BuildDirectory _build = new();

    public void Dispose() => _build.Dispose();

    [Fact]
    public void With_the_mount_it_compiles()
    {
        _build.Mount();
        Bcc("compile").Succeeded();
        _build.Site.Unmount(_build.Path);
    }

    [Fact]
    public void Without_the_mount_it_does_not_compile() => Assert.Equal(NotCompiled, Bcc("compile").ExitCode);

    [Fact]
    public void Its_program_counts_a_raw_tracepoint()
    {
        _build.Mount();
        ProcessRun run = Bcc("load");
        _build.Site.Unmount(_build.Path);
        TestRun.SkipUnless(run.ExitCode != NotLoaded, $"this kernel or its settings refuse BPF programs: {run.Error.Trim()}");
        Assert.InRange(int.Parse(run.Succeeded().Output, CultureInfo.InvariantCulture), 1000, int.MaxValue);
    }

    private ProcessRun Bcc(string task)
    {
        const string python = "/usr/bin/python3";
        TestRun.SkipUnless(
            File.Exists(python) && ProcessRun.Of([python, "-c", "import bcc"]).ExitCode == 0, "bcc (package python3-bpfcc) is not installed");
        string script = _build.Site.Scratch.Write("count.py", System.Text.Encoding.UTF8.GetBytes(Script));
        return _build.Run(python, script, task);
    }
}
