using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>kheadersfs cflags: what it gives is all that a compiler needs.</summary>
public sealed class CflagsTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("asm/types.h", "typedef __u64 what;")]
    [InlineData("linux/sched.h", "typedef struct task_struct what;")]
    [InlineData("net/tcp.h", "typedef struct tcp_sock what;")]
    [InlineData("uapi/linux/bpf.h", "typedef union bpf_attr what;")]
    public void A_program_compiles_by_what_the_shell_makes_of_it(string header, string type)
    {
        Mount(Archives.Real);
        Assert.Matches("@size = .* [1-9][0-9]*, ", Compile(header, type).Succeeded().Output);
    }

    [Fact]
    public void Of_another_machines_kernel_the_target_is_named()
    {
        Mount(Archives.Named("arm64.tar.xz"));
        Assert.Equal("arm64", Json().GetProperty("architecture").GetString());
        Assert.Contains("target triple = \"aarch64", Compile("linux/sched.h", "typedef struct task_struct what;").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_the_same_flags()
    {
        Mount(Archives.Real);
        JsonElement json = Json();
        Assert.Equal(_site.Directory, json.GetProperty("directory").GetString());
        Assert.Equal(
            Cflags(_site.Directory).Succeeded().Output.TrimEnd('\n'),
            string.Join(' ', json.GetProperty("flags").EnumerateArray().Select(static flag => flag.GetString())));
    }

    [Fact]
    public void Without_headers_it_says_what_to_do()
    {
        Expect(
            FailedMount.MountFailure,
            _site.Directory,
            $"empty kheadersfs kheaders {_site.Directory} -o mkdir",
            _site.Directory);
        Mount(new HandMadeArchive().File("include/generated/autoconf.h", "").Save(_site.Scratch));
        Expect(
            FailedMount.MountFailure,
            _site.Directory,
            "architecture arch",
            _site.Directory);
        Expect(FailedMount.Usage, "cflags: --check", "unknown ./cflags --help-all", "--check");
    }

    [Fact]
    public void What_a_shell_would_split_is_given_as_json_alone()
    {
        string directory = Directory.CreateDirectory(_site.Scratch.In("two words")).FullName;
        _site.Run(Subject.Path, "-o", "release=ignore", Archives.Real, directory).Succeeded();
        Expect(FailedMount.Usage, directory, "shell --json", directory);
        Assert.Contains("two words", Cflags("--json", directory).Succeeded().Output, StringComparison.Ordinal);
        _site.RunSilently(Subject.Path, "-u", directory);
    }

    private void Mount(string archive) => _site.Run(Subject.Path, "-o", "release=ignore", archive, _site.Directory).Succeeded();

    private ProcessRun Cflags(params string[] arguments) => _site.Run([Subject.Path, "cflags", .. arguments]);

    private JsonElement Json()
    {
        using JsonDocument document = JsonDocument.Parse(Cflags("--json", _site.Directory).Succeeded().Output);
        return document.RootElement.Clone();
    }

    private ProcessRun Compile(string header, string type)
    {
        string clang = ClangCompile.Program();
        string source = _site.Scratch.In("sample.c");
        File.WriteAllText(source, $"#include <{header}>\n{type}\nint size = sizeof(what);\n");
        return _site.Run("sh", "-c", "exec \"$0\" -S -emit-llvm -o - $(\"$1\" cflags \"$2\") \"$3\"", clang, Subject.Path, _site.Directory, source);
    }

    private void Expect(int code, string subject, string words, params string[] arguments)
    {
        ProcessRun run = Cflags(arguments);
        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Message.Is(run.Error, subject, words);
    }
}
