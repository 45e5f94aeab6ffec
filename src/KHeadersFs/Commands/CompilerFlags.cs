using System.Runtime.InteropServices;
using KHeadersFs.Headers;
using KHeadersFs.Posix;

namespace KHeadersFs.Commands;

/// <summary>
/// What a compiler has to be told to read a kernel's headers as that kernel's own build does (its Makefile: LINUXINCLUDE and USERINCLUDE;
/// scripts/Makefile.lib: c_flags), for a BPF program.
/// </summary>
/// <param name="Architecture">As the kernel calls it: the directory below arch.</param>
/// <param name="Flags">In order; a word is one argument.</param>
internal sealed record CompilerFlags(string Architecture, IReadOnlyList<string> Flags)
{
    /// <summary>
    /// The C that headers are written in. -fms-extensions is for unnamed members of a tagged struct, which 7.2 has and 6.12 has not; every clang has it. The
    /// configuration's own word for it (CONFIG_CC_MS_EXTENSIONS) is not for the clang that is used here: clang 23 also has
    /// -fms-anonymous-structs, which older ones refuse. -fshort-wchar is for the names of EFI variables in linux/efi.h.
    /// </summary>
    private static readonly string[] s_dialect = ["-std=gnu11", "-fms-extensions", "-fshort-wchar"];

    /// <summary>
    /// The flags for the headers in <paramref name="trees"/>; null when they are for no one architecture.
    /// </summary>
    /// <param name="trees">Directories of headers, from the root, in the order in which they are looked into: the halves of a split tree.</param>
    internal static CompilerFlags? For(IReadOnlyList<string> trees)
    {
        string[] names = [.. trees.SelectMany(static tree => PosixDirectory.List($"{tree}/arch")).Distinct(StringComparer.Ordinal)];
        if (ArchitectureOf(names, path => trees.Any(tree => PosixDirectory.Exists($"{tree}/{path}"))) is not { } architecture)
        {
            return null;
        }

        string[] folders =
        [
            $"arch/{architecture}/include", $"arch/{architecture}/include/generated", "include",
            $"arch/{architecture}/include/uapi", $"arch/{architecture}/include/generated/uapi", "include/uapi", "include/generated/uapi",

            // Only mips has it; what a board has of its own is not known here.
            $"arch/{architecture}/include/asm/mach-generic",
        ];

        // compiler-version.h came with 5.13, compiler_types.h with 4.15.
        string[] first = ["include/linux/compiler-version.h", HeaderTree.Landmark, "include/linux/compiler_types.h"];
        return new CompilerFlags(
            architecture,
            List(
                architecture,
                trees.SelectMany(tree => folders.Select(folder => $"{tree}/{folder}")).Where(PosixDirectory.Exists),
                first.Select(header => trees.Select(tree => $"{tree}/{header}").FirstOrDefault(PosixFile.Exists)).OfType<string>(),
                name => trees.Any(tree => IsSet(tree, name))));
    }

    /// <summary>The flags, of what has been found; the table in CompilerFlags.md says where each comes from.</summary>
    /// <param name="architecture">As the kernel calls it.</param>
    /// <param name="folders">Directories of headers, in the order of the search.</param>
    /// <param name="first">Headers that are read before all others.</param>
    /// <param name="isSet">Whether the kernel's configuration has an option; is asked where an architecture needs it.</param>
    private static List<string> List(string architecture, IEnumerable<string> folders, IEnumerable<string> first, Func<string, bool> isSet) =>
    [
        .. TargetOf(architecture),
        .. s_dialect,
        .. folders.Select(static folder => $"-I{folder}"),
        .. first.SelectMany(static header => new[] { "-include", header }),
        "-D__KERNEL__",
        .. MacrosOf(architecture, isSet),

        // Headers of the kernel leave out what is not for BPF (include/linux/compiler_types.h), and libbpf's bpf_tracing.h asks for the registers.
        "-D__BPF_TRACING__",
        $"-D__TARGET_ARCH_{architecture}",
        "-DKBUILD_MODNAME=\"kheadersfs\"",
        "-fno-stack-protector",

        // Else the object has .eh_frame, at which libbpf wonders.
        "-fno-asynchronous-unwind-tables",

        // The kernel is written for its own set of warnings.
        "-Wno-everything",
    ];

    /// <summary>Macros that no header has, but the command line of the kernel's build (arch/*/Makefile, Makefile: CC_FLAGS_FTRACE).</summary>
    private static string[] MacrosOf(string architecture, Func<string, bool> isSet) => architecture switch
    {
        // asm/ftrace.h stops the compiler without it where the kernel has a tracer of functions; elsewhere nothing asks for it.
        "x86" => ["-DCC_USING_FENTRY"],

        // asm/memory.h asks for it where the kernel has KASAN, and no header can do without that one.
        "arm64" => [$"-DKASAN_SHADOW_SCALE_SHIFT={(isSet("CONFIG_KASAN_SW_TAGS") ? 4 : 3)}"],

        // What it is for every kernel of a 32-bit machine that has BPF's compiler.
        "arm" => ["-D__LINUX_ARM_ARCH__=7"],
        _ => [],
    };

    /// <summary>
    /// The architecture that a tree is for: an archive holds one; of several, the one whose headers have been generated, or this machine's.
    /// </summary>
    /// <param name="names">What lies in the tree's directory arch.</param>
    /// <param name="exists">Whether the tree has a directory.</param>
    internal static string? ArchitectureOf(IEnumerable<string> names, Func<string, bool> exists)
    {
        string[] all = [.. names.Where(name => exists($"arch/{name}/include/asm") || exists($"arch/{name}/include/generated"))];
        string[] generated = [.. all.Where(name => exists($"arch/{name}/include/generated"))];
        string? own = KernelName(RuntimeInformation.OSArchitecture);
        return (all.Length == 1 ? all : generated) is [var one] ? one : Array.Find(all, name => string.Equals(name, own, StringComparison.Ordinal));
    }

    /// <summary>Whether an option is set in the configuration of a tree; without a configuration it is not.</summary>
    private static bool IsSet(string tree, string name) =>
        LimitedText.Read($"{tree}/{HeaderTree.Configuration}") is { } text && KernelMacros.OfHeader(text).IsSet(name);

    /// <summary>Which machine's code a compiler is to read inline assembly as, where it is not this one's.</summary>
    private static string[] TargetOf(string architecture) => string.Equals(architecture, KernelName(RuntimeInformation.OSArchitecture), StringComparison.Ordinal)
        ? []
        : architecture switch
        {
            "x86" => ["--target=x86_64-linux-gnu"],
            "arm64" => ["--target=aarch64-linux-gnu"],
            "arm" => ["--target=arm-linux-gnueabi"],
            "riscv" => ["--target=riscv64-linux-gnu"],
            "powerpc" => ["--target=powerpc64le-linux-gnu"],
            "s390" => ["--target=s390x-linux-gnu"],
            "loongarch" => ["--target=loongarch64-linux-gnu"],
            "mips" => ["--target=mips64el-linux-gnuabi64"],
            _ => [],
        };

    private static string? KernelName(Architecture machine) => machine switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "x86",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        _ => null,
    };
}
