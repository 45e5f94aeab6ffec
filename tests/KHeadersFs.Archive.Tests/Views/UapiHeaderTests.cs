using System.Diagnostics;
using System.Text;
using KHeadersFs.Archive.Views;

namespace KHeadersFs.Archive.Tests.Views;

/// <summary>A header for programs: each rule of headers_install.sh, and the whole of it against sed and unifdef.</summary>
[Trait("Takes", "long")] // make test-quick leaves it out
public sealed class UapiHeaderTests
{
    /// <summary>The expression of scripts/headers_install.sh of Linux 6.1, which <see cref="KernelWords"/> stands for.</summary>
    private const string Sed = """
        s/([[:space:](])(__user|__force|__iomem)[[:space:]]/\1/g
        s/__attribute_const__([[:space:]]|$)/\1/g
        s@^#include <linux/compiler(|_types).h>@@
        s/(^|[^a-zA-Z0-9])__packed([^a-zA-Z0-9_]|$)/\1__attribute__((packed))\2/g
        s/(^|[[:space:](])(inline|asm|volatile)([[:space:](]|$)/\1__\2__\3/g
        s@#(ifndef|define|endif[[:space:]]*/[*])[[:space:]]*_UAPI@#\1 @
        """;

    [Theory]
    [InlineData("	void __user *p;", "	void *p;")]
    [InlineData("f(__force __user int x)", "f(__user int x)")] // the blank between them is taken by the first
    [InlineData("f(__force int __iomem *x)", "f(int *x)")]
    [InlineData("x__user y", "x__user y")]
    [InlineData("int f(void) __attribute_const__", "int f(void) ")]
    [InlineData("__attribute_const__ int f(void);", " int f(void);")]
    [InlineData("#include <linux/compiler.h>", "")]
    [InlineData("#include <linux/compiler_types.h> // x", " // x")]
    [InlineData(" #include <linux/compiler.h>", " #include <linux/compiler.h>")]
    [InlineData("} __packed;", "} __attribute__((packed));")]
    [InlineData("__packed", "__attribute__((packed))")]
    [InlineData("x__packed __packed_y", "x__packed __packed_y")]
    [InlineData("static inline int f(void) { asm volatile(\"\"); }", "static __inline__ int f(void) { __asm__ volatile(\"\"); }")]
    [InlineData("inline asm", "__inline__ asm")]
    [InlineData("inlined (asm)", "inlined (asm)")]
    [InlineData("#define _UAPI_LINUX_X_H", "#define _LINUX_X_H")]
    [InlineData("#define\t_UAPI__X", "#define __X")]
    [InlineData("#undef _UAPI_X", "#undef _UAPI_X")]
    public void Words_of_the_kernel_go_line_by_line(string line, string expected) => Assert.Equal(expected, Make(line));

    [Theory]
    [InlineData("#ifdef __KERNEL__\na\n#endif\nb\n", "b\n")]
    [InlineData("#ifndef __KERNEL__\na\n#else\nb\n#endif\n", "a\n")]
    [InlineData("#if defined(__KERNEL__) || defined X\na\n#endif\n", "#if defined(__KERNEL__) || defined X\na\n#endif\n")]
    [InlineData("#if defined(__KERNEL__) && X\na\n#else\nb\n#endif\n", "b\n")]
    [InlineData("#if !defined __KERNEL__ || X\na\n#else\nb\n#endif\n", "a\n")]
    [InlineData("#if !__EXPORTED_HEADERS__\na\n#elif X // y\nb\n#else\nc\n#endif\n", "#if   X // y\nb\n#else\nc\n#endif\n")]
    [InlineData("#if X\na\n#elif __EXPORTED_HEADERS__ == 1\nb\n#else\nc\n#endif /* z */\n", "#if X\na\n#else\nb\n#endif\n")]
    [InlineData("# if X\na\n# elif !defined(__KERNEL__)\nb\n# elif Y\nc\n# endif\n", "# if X\na\n# else\nb\n# endif\n")]
    [InlineData("#if X\na\n#elif defined(__KERNEL__)\nb\n#elif Z\nc\n#endif\n", "#if X\na\n#elif Z\nc\n#endif\n")]
    [InlineData("#if 0\na\n#endif\n#if 1\nb\n#endif\n", "#if 0\na\n#endif\n#if 1\nb\n#endif\n")] // no name: a person has written that
    [InlineData("#ifdef __KERNEL__\n#if X\na\n#else\nb\n#endif\n#endif\n", "")]
    [InlineData("#if FOO(__KERNEL__, (1)) && !defined(__KERNEL__)\na\n#endif\n", "#if FOO(__KERNEL__, (1)) && !defined(__KERNEL__)\na\n#endif\n")]
    [InlineData("#if __KERNEL__ + 1\na\n#endif\n", "#if __KERNEL__ + 1\na\n#endif\n")]
    [InlineData("/* #ifdef __KERNEL__\n#endif */\na\n", "/* #ifdef __KERNEL__\n#endif */\na\n")]
    [InlineData("char *s = \"/*\";\n#ifdef __KERNEL__\na\n#endif\n", "char *s = \"/*\";\n")]
    [InlineData("#define A \\\n#ifdef __KERNEL__\n", "#define A \\\n#ifdef __KERNEL__\n")]
    [InlineData("#if defined(__KERNEL__) && \\\nX\na\n#endif\n", "#if defined(__KERNEL__) && \\\nX\na\n#endif\n")]
    [InlineData("#if X\r\na\r\n#elif !defined(__KERNEL__)\r\nb\r\n#endif\r\n", "#if X\r\na\r\n#else\r\nb\r\n#endif\r\n")]
    [InlineData("#if X\n#endif", "#if X\n#endif\n")]
    [InlineData("/* a */ # /* b */ ifdef __KERNEL__ // c\nd\n#endif\n", "")]
    public void Conditionals_that_are_decided_go(string text, string expected) => Assert.Equal(expected, Make(text));

    [Theory]
    [InlineData("#ifdef X\n")]
    [InlineData("#endif\n")]
    [InlineData("#if X\n#else\n#else\n#endif\n")]
    [InlineData("#if X\n#else\n#elif Y\n#endif\n")]
    [InlineData("a /* b\n")]
    [InlineData("#ifdef __KERNEL__\n#else\n#elif Y\n#endif\n")]
    public void What_does_not_match_is_no_header(string text) => Assert.Null(UapiHeader.TryMake(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Conditions_may_be_as_deep_as_they_like()
    {
        string deep = $"#if {new string('(', 1_000_000)}__KERNEL__\n#endif\n";
        Assert.Equal(deep, Make(deep));
        string not = $"#if {new string('!', 1_000_000)}__KERNEL__\n#endif\n";
        Assert.Equal(not, Make(not));
    }

    /// <summary>700 texts put together from pieces of headers, in one run of each program.</summary>
    [Fact]
    public void Any_text_becomes_what_sed_and_unifdef_make_of_it()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        string directory = Directory.CreateTempSubdirectory("uapi").FullName;
        try
        {
            var texts = new List<string>();
            while (texts.Count < 700)
            {
                texts.Add(HeaderText.Make(random));
                File.WriteAllText($"{directory}/{texts.Count - 1:D4}.h", texts[^1]);
            }

            File.WriteAllText($"{directory}/expression", Sed);
            // The kernel's own, which headers_install.sh calls: Debian 13's unifdef calculates where that one gives up.
            Run("gcc", "-w", "-o", $"{directory}/unifdef", KernelsUnifdef());
            Run("sh", "-c", "cd \"$1\" && sed -E -i -f expression *.h && for h in *.h; do ./unifdef -U__KERNEL__ -D__EXPORTED_HEADERS__ -o $h.made $h 2>/dev/null; echo $? >$h.status; done", "sh", directory);
            int compared = 0;
            for (int i = 0; i < texts.Count; i++)
            {
                string name = $"{directory}/{i:D4}.h";
                if (File.ReadAllText($"{name}.status").Trim() is not ("0" or "1"))
                {
                    continue; // what unifdef gives up on
                }

                string? made = UapiHeader.TryMake(Encoding.UTF8.GetBytes(texts[i])) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
                string expected = File.ReadAllText($"{name}.made");
                Assert.True(string.Equals(expected, made, StringComparison.Ordinal), $"seed {seed}, of:\n{texts[i]}\n--- unifdef:\n{expected}\n--- made:\n{made}");
                compared++;
            }

            Assert.InRange(compared, 175, 700);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string? Make(string text) => UapiHeader.TryMake(Encoding.UTF8.GetBytes(text)) is { } made ? Encoding.UTF8.GetString(made) : null;

    private static string KernelsUnifdef()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "KHeadersFs.sln")))
        {
            directory = directory.Parent;
        }

        string output = Path.Combine(directory?.FullName ?? "/", "out");
        string[] sources = Directory.Exists(output) ? Directory.GetDirectories(output, "linux-source-*") : [];
        Assert.True(sources.Length > 0, $"{output} has no source of a kernel: make it with scripts/unpack-kernel.sh");
        return Path.Combine(sources[0], "scripts", "unifdef.c");
    }

    private static void Run(params string[] command)
    {
        using Process process = Process.Start(command[0], command[1..]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
