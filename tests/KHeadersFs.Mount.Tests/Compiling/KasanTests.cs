namespace KHeadersFs.Mount.Tests;

/// <summary>Of a kernel for arm64 that checks its memory the build gives a macro by the configuration, and so does cflags: in no header it is defined.</summary>
public sealed class KasanTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("CONFIG_KASAN_GENERIC", 3)]
    [InlineData("CONFIG_KASAN_SW_TAGS", 4)]
    public void Headers_with_shadow_memory_compile_with_the_kernels_shift(string kind, int shift)
    {
        var line = new BpfLine(_scratch);
        string tree = Directory.CreateDirectory(_scratch.In("tree")).FullName;
        ProcessRun.Of(["tar", "-xf", Archives.Named("sid-arm64.tar.xz"), "-C", tree]).Succeeded();
        File.AppendAllText(
            Path.Combine(tree, "include/generated/autoconf.h"),
            $"#define CONFIG_KASAN 1\n#define {kind} 1\n#define CONFIG_KASAN_OUTLINE 1\n#define CONFIG_KASAN_SHADOW_OFFSET 0xefff800000000000\n");
        string flags = Subject.Run(_scratch, ["cflags", tree]).Succeeded().Output.TrimEnd('\n');
        string program = $"#include <linux/kasan.h>\n_Static_assert(KASAN_SHADOW_SCALE_SHIFT == {shift}, \"not the kernel's\");\n";
        line.Run(kind, program, flags).Succeeded();
    }
}
