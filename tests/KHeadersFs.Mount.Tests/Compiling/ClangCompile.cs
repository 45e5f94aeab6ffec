namespace KHeadersFs.Mount.Tests;

/// <summary>clang with the flags of bcc (since 0.36 -fms-extensions, which Linux 7 wants), over the headers that bcc's tools include most.</summary>
internal sealed class ClangCompile
{
    private const string Source = """
        #include <linux/sched.h>
        #include <linux/fs.h>
        #include <linux/skbuff.h>
        #include <net/tcp.h>
        int field_offsets[] = {
            __builtin_offsetof(struct task_struct, comm), __builtin_offsetof(struct file, f_inode),
            __builtin_offsetof(struct sk_buff, len), __builtin_offsetof(struct tcp_sock, snd_cwnd),
        };
        """;

    private readonly Scratch _scratch;
    private readonly string _root;
    private readonly string[] _command;

    internal ClangCompile(Scratch scratch, string root)
    {
        string clang = Program();
        string architecture = Path.GetFileName(Directory.GetDirectories(Path.Combine(root, "arch")).Single());
        string? target = architecture switch { "x86" => "x86_64", "arm64" => "aarch64", _ => null };
        TestRun.SkipUnless(target is not null, $"no clang target is known here for arch/{architecture}");

        _scratch = scratch;
        _root = root;
        string resources = ProcessRun.Of([clang, "-print-resource-dir"]).Succeeded().Output.Trim();
        string[] folders = [$"arch/{architecture}/include", $"arch/{architecture}/include/generated", "include",
            $"arch/{architecture}/include/uapi", $"arch/{architecture}/include/generated/uapi", "include/uapi",
            "include/generated/uapi"];
        string[] always = ["compiler-version.h", "kconfig.h", "compiler_types.h"];
        _command =
        [
            clang, "-O2", "-target", target!, "-S", "-emit-llvm", "-fms-extensions", "-nostdinc", "-isystem", $"{resources}/include",
            "-D__KERNEL__", "-DKBUILD_MODNAME=\"kh\"", "-D__BPF_TRACING__", "-Wno-everything", "-fno-stack-protector", "-x", "c",
            .. folders.Select(folder => $"-I{root}/{folder}"),
            .. always.SelectMany(header => new[] { "-include", $"{root}/include/linux/{header}" }),
            scratch.Write("sample.c", System.Text.Encoding.UTF8.GetBytes(Source)),
        ];
    }

    private string Dependencies => _scratch.In("sample.d");

    /// <summary>The headers that the last compile has read, below the mount.</summary>
    internal IReadOnlyList<string> HeadersRead() =>
    [
        .. File.ReadAllText(Dependencies).Split([' ', '\n', '\\'], StringSplitOptions.RemoveEmptyEntries)
            .Where(word => word.StartsWith(_root + "/", StringComparison.Ordinal)),
    ];

    internal static bool IsInstalled(string name) =>
        ProcessRun.Shell("command -v \"$1\"", name).ExitCode == 0;

    /// <summary>The clang that scripts/find-clang.sh finds, the newest one; skips the test where there is none.</summary>
    internal static string Program()
    {
        ProcessRun run = ProcessRun.Of([Path.Combine(Subject.RepositoryRoot(), "scripts", "find-clang.sh")]);
        TestRun.SkipUnless(run.ExitCode == 0, run.Error.Trim());
        return run.Output.Trim();
    }

    /// <summary>Compiles and returns what came out.</summary>
    internal string Run(params string[] wrapper)
    {
        string output = _scratch.In("sample.ll");
        File.Delete(output);
        ProcessRun.Of([.. wrapper, .. _command, "-MD", "-MF", Dependencies, "-o", output]).Succeeded();
        return File.ReadAllText(output);
    }
}
