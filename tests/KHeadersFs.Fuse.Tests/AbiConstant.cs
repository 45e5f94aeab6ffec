using System.Reflection;
using System.Text.RegularExpressions;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Fuse.Tests;

/// <summary>The numbers that the program believes: every constant in C's spelling, wherever it is, and those that are called otherwise.</summary>
internal static partial class AbiConstant
{
    private const BindingFlags Anything = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;

    /// <summary>Type and name, and what it is in C.</summary>
    private static readonly Dictionary<string, string> s_expressions = new(StringComparer.Ordinal)
    {
        ["LibC.MemoryFileFlags"] = "MFD_CLOEXEC | MFD_ALLOW_SEALING",
        ["LibC.AddSeals"] = "F_ADD_SEALS",
        ["LibC.GetSeals"] = "F_GET_SEALS",
        ["LibC.AllSeals"] = "F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE",
        ["SystemCallFilter.Signature"] = "EBADFD",
        ["SystemCallFilter.Load"] = "BPF_LD | BPF_W | BPF_ABS",
        ["SystemCallFilter.JumpIfEqual"] = "BPF_JMP | BPF_JEQ | BPF_K",
        ["SystemCallFilter.JumpIfSet"] = "BPF_JMP | BPF_JSET | BPF_K",
        ["SystemCallFilter.Return"] = "BPF_RET | BPF_K",
        ["SystemCallFilter.NumberOffset"] = "offsetof(struct seccomp_data, nr)",
        ["SystemCallFilter.ArchitectureOffset"] = "offsetof(struct seccomp_data, arch)",
        ["SystemCallFilter.ArgumentSize"] = "sizeof(((struct seccomp_data *)0)->args[0])",
        ["SystemCallFilter.OpenToWrite"] = "O_WRONLY | O_RDWR | O_CREAT | O_TRUNC",
        ["ServerRights.ReadableByAll"] = "S_IRUSR | S_IRGRP | S_IROTH",
        ["SystemCallFilter.FirstArgumentOffset"] = "offsetof(struct seccomp_data, args)",
        ["ProgramText.AtProgramHeaders"] = "AT_PHDR",
        ["ProgramText.AtHeaderCount"] = "AT_PHNUM",
        ["ProgramText.Load"] = "PT_LOAD",
        ["ProgramText.Execute"] = "PF_X",
        ["ProgramText.Write"] = "PF_W",
        ["FileStatus.Pipe"] = "S_IFIFO",
        ["FileStatus.CharacterDevice"] = "S_IFCHR",
        ["FileStatus.Directory"] = "S_IFDIR",
        ["FileStatus.BlockDevice"] = "S_IFBLK",
        ["FileStatus.Regular"] = "S_IFREG",
        ["FileStatus.Link"] = "S_IFLNK",
        ["FileStatus.Socket"] = "S_IFSOCK",
        ["FileStatus.KindMask"] = "S_IFMT",
        ["FileStatus.WriteByOthers"] = "S_IWGRP | S_IWOTH",
        ["SystemChecks.SetUserId"] = "S_ISUID",
        ["SystemChecks.ReadWrite"] = "O_RDWR",
        ["DirectoryRecords.LengthOffset"] = "offsetof(struct dirent64, d_reclen)",
        ["DirectoryRecords.NameOffset"] = "offsetof(struct dirent64, d_name)",
        ["ElfSymbols.HeaderSize"] = "sizeof(Elf64_Ehdr)",
        ["ElfSymbols.SectionsField"] = "offsetof(Elf64_Ehdr, e_shoff)",
        ["ElfSymbols.SectionSizeField"] = "offsetof(Elf64_Ehdr, e_shentsize)",
        ["ElfSymbols.SectionCountField"] = "offsetof(Elf64_Ehdr, e_shnum)",
        ["ElfSymbols.SectionSize"] = "sizeof(Elf64_Shdr)",
        ["ElfSymbols.TypeField"] = "offsetof(Elf64_Shdr, sh_type)",
        ["ElfSymbols.AddressField"] = "offsetof(Elf64_Shdr, sh_addr)",
        ["ElfSymbols.OffsetField"] = "offsetof(Elf64_Shdr, sh_offset)",
        ["ElfSymbols.SizeField"] = "offsetof(Elf64_Shdr, sh_size)",
        ["ElfSymbols.LinkField"] = "offsetof(Elf64_Shdr, sh_link)",
        ["ElfSymbols.SymbolTable"] = "SHT_SYMTAB",
        ["ElfSymbols.WithoutBytes"] = "SHT_NOBITS",
        ["ElfSymbols.SymbolSize"] = "sizeof(Elf64_Sym)",
        ["ElfSymbols.SymbolSectionField"] = "offsetof(Elf64_Sym, st_shndx)",
        ["ElfSymbols.ValueField"] = "offsetof(Elf64_Sym, st_value)",
        ["LibLzma.FilterSlots"] = "LZMA_FILTERS_MAX + 1",
        ["LibLzma.VliUnknown"] = "LZMA_VLI_UNKNOWN",
        ["LibLzma.FilterLzma2"] = "LZMA_FILTER_LZMA2",
        ["LibLzma.IterateNonEmptyBlocks"] = "LZMA_INDEX_ITER_NONEMPTY_BLOCK",
    };

    /// <summary>Numbers of the program's own among those of Interop and Sandbox, and those that <see cref="AbiTests"/> look at one by one.</summary>
    private static readonly HashSet<string> s_ours = new(StringComparer.Ordinal)
    {
        "DescriptorMessage.Capacity", "ServerSandbox.FirstUnused", "ServerSandbox.Threads", "ServerSandbox.Nobody", "LibCrypto.Sha256StateSize", "LibZ.GzipWindow", "LibZ.NoFlush",
    };

    /// <summary>Those that the headers of supported systems may lack: looked at where they are.</summary>
    private static readonly HashSet<string> s_newer = new(StringComparer.Ordinal) { "SYS_mseal", "__NR_mseal" };

    private static readonly Lazy<HashSet<string>> s_fields = new(static () => [.. Abi.Types.SelectMany(static t => t.GetFields(Anything)).Select(static f => f.Name)]);

    /// <summary>The enums of Interop, and what the names of their members are in C.</summary>
    internal static Dictionary<Type, Func<string, string>> Enums { get; } = new()
    {
        [typeof(LibLzma.Action)] = static name => "LZMA_" + Abi.SnakeCase(name).ToUpperInvariant(),
        [typeof(LibLzma.Result)] = static name => name switch
        {
            "MemLimitError" => "LZMA_MEMLIMIT_ERROR",
            _ => "LZMA_" + Abi.SnakeCase(name).ToUpperInvariant(),
        },
        [typeof(LibZstd.Parameter)] = static name => "ZSTD_c_" + char.ToLowerInvariant(name[0]) + name[1..],
        [typeof(LibZstd.DecoderParameter)] = static name => "ZSTD_d_" + char.ToLowerInvariant(name[0]) + name[1..],
        [typeof(LibZstd.Error)] = static name => name is "WindowTooLarge" ? "ZSTD_error_frameParameter_windowTooLarge" : "ZSTD_error_" + Abi.SnakeCase(name),
    };

    /// <summary>The line, for headers that have the name if it is a new one.</summary>
    internal static string WhereThereIs(string name, string line) => s_newer.Contains(name) ? $"#ifdef {name}\n{line}\n#endif" : line;

    /// <summary>All constants, with what they are in C, null for one that nobody has said it of, and whether it is a library's.</summary>
    internal static IEnumerable<(FieldInfo Field, string? Expression, bool IsOfLibrary)> All()
    {
        foreach (FieldInfo field in Abi.Types.Where(static t => !t.IsEnum && t.Namespace is not Abi.WireNamespace).SelectMany(static t => t.GetFields(Anything)))
        {
            if (!field.IsLiteral || field.FieldType == typeof(string) || field.FieldType.IsEnum)
            {
                continue;
            }

            string key = $"{field.DeclaringType!.Name}.{field.Name}";
            string? expression = s_expressions.GetValueOrDefault(key) ?? (InC().IsMatch(field.Name) ? field.Name : null);
            bool mustBeC = field.DeclaringType.Namespace!.EndsWith(".Interop", StringComparison.Ordinal) || field.DeclaringType.Namespace.EndsWith(".Sandbox", StringComparison.Ordinal);
            if (expression is not null || (mustBeC && !s_ours.Contains(key) && !s_ours.Contains(field.Name) && !IsMask(field)))
            {
                yield return (field, expression, field.DeclaringType == typeof(LibLzma));
            }
        }
    }

    /// <summary>What is said to be a constant that there is not.</summary>
    internal static IEnumerable<string> Missing()
    {
        HashSet<string> there = [.. Abi.Types.SelectMany(static t => t.GetFields(Anything)).Select(static f => $"{f.DeclaringType!.Name}.{f.Name}")];
        return s_expressions.Keys.Where(key => !there.Contains(key));
    }

    /// <summary>Constants of methods, which reflection does not show: from the sources, in C's spelling and in its syntax.</summary>
    internal static IEnumerable<(string Name, string Value)> OfMethods() =>
        from source in AbiCompiler.Sources()
        from Match declaration in Declarations().Matches(source.Text)
        from Match one in Parts().Matches(declaration.Groups["list"].Value)
        where InC().IsMatch(one.Groups["name"].Value) && !s_fields.Value.Contains(one.Groups["name"].Value)
        select (one.Groups["name"].Value, one.Groups["value"].Value.Trim());

    /// <summary>What differs between the architectures: "NAME ... Arm64 ? A : B".</summary>
    internal static IEnumerable<(string Name, string X86, string Arm)> OfArchitectures() =>
        from source in AbiCompiler.Sources()
        from Match pair in Pairs().Matches(source.Text)
        select (pair.Groups["name"].Value, pair.Groups["x86"].Value, pair.Groups["arm"].Value);

    // A set of capabilities, made of constants that are looked at: 1UL << CAP_SYS_ADMIN.
    private static bool IsMask(FieldInfo field) => field.FieldType == typeof(ulong) && field.DeclaringType!.Namespace is "KHeadersFs.Sandbox";

    [GeneratedRegex(@"^(_?[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|SYS_[a-z0-9_]+|E[A-Z0-9]{3,}|SIG[A-Z0-9]{3,}|POLL[A-Z]+|WNOHANG|WEXITED|WNOWAIT)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InC();

    [GeneratedRegex(@"\bconst (int|uint|short|ushort|long|ulong|nint|nuint) (?<list>[^;]+);", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"(?<name>\w+) = (?<value>[^,]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parts();

    [GeneratedRegex(@"(?<name>[A-Za-z_]+) =>? RuntimeInformation\.ProcessArchitecture is Architecture\.Arm64 \? (?<arm>\w+) : (?<x86>\w+);", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pairs();
}
