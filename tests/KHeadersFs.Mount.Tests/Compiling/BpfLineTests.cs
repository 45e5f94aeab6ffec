using System.Text.RegularExpressions;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>The line of the manual makes an object of Linux 7's headers that the kernel takes.</summary>
public sealed partial class BpfLineTests : IDisposable
{
    private const string Program = """
        #include <linux/fs.h>
        #include <linux/skbuff.h>
        #include <linux/perf_event.h>
        #include <uapi/linux/bpf.h>
        __attribute__((section("socket"), used)) int filter(struct __sk_buff *packet)
        {
            return packet->len > sizeof(struct sk_buff) + sizeof(struct filename);
        }
        char _license[] __attribute__((section("license"), used)) = "GPL";
        """;

    private readonly MountSite _site = new();
    private readonly Cover _modules = Cover.Empty("/lib/modules");

    public void Dispose()
    {
        _site.Dispose();
        _modules.Dispose();
    }

    [Fact]
    public void The_line_of_the_manual_makes_an_object_that_the_kernel_loads()
    {
        var line = new BpfLine(_site.Scratch);
        Mount(Archives.Newest);
        ProcessRun run = line.Run(Program).Succeeded();
        Assert.Equal("", run.Output + run.Error);

        BpfObject made = line.Result();
        Assert.Equal(BpfObject.EM_BPF, made.Machine);
        Assert.True(made.Section(".BTF") is [0x9f, 0xeb, ..], "no types in .BTF");
        Assert.True(made.Section("socket").Length > 0, "no program in its section");
        (int error, string log) = BpfLoad.SocketFilter(made.Section("socket"));
        TestRun.SkipUnless(error is not ((int)Errno.ENOSYS or (int)Errno.EPERM), $"no program can be loaded here: error {error}");
        Assert.True(error == 0, $"error {error}: {log}");
    }

    [Fact]
    public void A_fault_in_the_program_is_the_lines_status_and_leaves_no_object()
    {
        var line = new BpfLine(_site.Scratch);
        Mount(Archives.Newest);
        ProcessRun run = line.Run("#include <linux/fs.h>\nint number = struct;\n");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Matches(@"^prog\.c:2:[0-9]+: error: ", run.Error);
        Assert.False(File.Exists(_site.Scratch.In("line/prog.o")), "an object of a program with a fault");
    }

    [Fact]
    public void The_help_has_the_same_line()
    {
        string help = Words(_site.Run(Subject.Path, "--help-all").Succeeded().Output);
        Assert.Contains(Words(BpfLine.Text), help, StringComparison.Ordinal);
    }

    private static string Words(string text) => Blanks().Replace(text, " ");

    private void Mount(string archive) => _site.Run(
        Subject.Path, "-o", "mkdir,release=ignore", archive, $"/lib/modules/{FittingArchive.RunningRelease}/build").Succeeded();

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Blanks();
}
