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
        ];

        // compiler-version.h came with 5.13, compiler_types.h with 4.15.
        string[] first = ["include/linux/compiler-version.h", HeaderTree.Landmark, "include/linux/compiler_types.h"];
        return new CompilerFlags(architecture,
        [
            .. TargetOf(architecture),
            .. trees.SelectMany(tree => folders.Select(folder => $"{tree}/{folder}")).Where(PosixDirectory.Exists).Select(static folder => $"-I{folder}"),
            .. first.Select(header => trees.Select(tree => $"{tree}/{header}").FirstOrDefault(PosixFile.Exists)).OfType<string>()
                .SelectMany(static header => new[] { "-include", header }),
            "-D__KERNEL__",

            // Headers of the kernel leave out what is not for BPF (include/linux/compiler_types.h), and libbpf's bpf_tracing.h asks for the registers.
            "-D__BPF_TRACING__",
            $"-D__TARGET_ARCH_{architecture}",
            "-DKBUILD_MODNAME=\"kheadersfs\"",
            "-fno-stack-protector",

            // The kernel is written for its own set of warnings.
            "-Wno-everything",
        ]);
    }

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

    /// <summary>Which machine's code a compiler is to read inline assembly as, where it is not this one's.</summary>
    private static string[] TargetOf(string architecture) => string.Equals(architecture, KernelName(RuntimeInformation.OSArchitecture), StringComparison.Ordinal)
        ? []
        : architecture switch
        {
            "x86" => ["--target=x86_64-linux-gnu"],
            "arm64" => ["--target=aarch64-linux-gnu"],
            "arm" => ["--target=arm-linux-gnueabi", "-D__LINUX_ARM_ARCH__=7"],
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
