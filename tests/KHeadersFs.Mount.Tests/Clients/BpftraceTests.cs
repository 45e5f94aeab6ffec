using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>Debian's bpftrace, as its users have it, finds the headers at /lib/modules/RELEASE/build without being told.</summary>
public sealed class BpftraceTests : IDisposable
{
    // A macro: the kernel's type information (BTF) has types, and none of these. Headers that bpftrace reads of Linux 7 as well.
    private const string Script = "#include <linux/sched.h>\n#include <linux/dcache.h>\nBEGIN { printf(\"%d\\n\", PF_KTHREAD); exit(); }";

    private readonly BuildDirectory _build = new();

    public void Dispose() => _build.Dispose();

    [Fact]
    public void With_the_mount_it_compiles()
    {
        _build.Mount();
        Compile().Succeeded();
        Assert.True(new FileInfo(Made).Length > 0, $"{Made} is empty");
        _build.Site.Unmount(_build.Path);
    }

    [Fact]
    public void Without_the_mount_it_does_not_compile()
    {
        ProcessRun run = Compile();
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("file not found", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_program_runs()
    {
        _build.Mount();
        ProcessRun run = Bpftrace();
        _build.Site.Unmount(_build.Path);
        TestRun.SkipUnless(run.ExitCode == 0, $"this kernel or its settings refuse BPF programs: {run.Error.Trim()}");
        Assert.Contains(0x00200000.ToString(CultureInfo.InvariantCulture), run.Output, StringComparison.Ordinal);
    }

    // A dry run: the program is not loaded.
    private ProcessRun Compile() => Bpftrace("--emit-elf", Made);

    private string Made => _build.Site.Scratch.In("made.o");

    private ProcessRun Bpftrace(params string[] options)
    {
        TestRun.SkipUnless(ClangCompile.IsInstalled("bpftrace"), "bpftrace is not installed");
        ProcessRun bare = _build.Run("bpftrace", "--emit-elf", Made, "-e", "BEGIN { exit(); }"); // 0.27 wants tracefs
        TestRun.SkipUnless(bare.ExitCode == 0, $"bpftrace compiles nothing on this kernel (make client-test has what it wants): {bare.Error.Trim()}");
        return _build.Run(["bpftrace", .. options, "-e", Script]);
    }
}
