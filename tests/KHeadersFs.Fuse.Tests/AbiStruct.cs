using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Fuse.Tests;

/// <summary>What a struct is called in C, and its members: those of C#, in snake case, unless <paramref name="Members"/> says otherwise.</summary>
/// <param name="Name">With "struct" where it is no typedef.</param>
/// <param name="Prefix">Of all its members.</param>
/// <param name="IsPart">C has more members behind those, or fewer: then the sizes differ.</param>
/// <param name="Members">Those that are called otherwise; "=" and an expression for an offset that is none of a member.</param>
internal sealed record AbiStruct(string Name, string Prefix = "", bool IsPart = false, Func<string, string?>? Members = null)
{
    private const System.Reflection.BindingFlags Nested = System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public;

    /// <summary>All but those of the wire, which have the kernel's own names.</summary>
    internal static Dictionary<Type, AbiStruct> All { get; } = new()
    {
        [typeof(Interop.LibC.PollFd)] = new("struct pollfd"),
        [typeof(Interop.LibC.IoVec)] = new("struct iovec", "iov_"),
        [typeof(Interop.LibC.MsgHdr)] = new("struct msghdr", "msg_"),
        [typeof(Interop.LibC.DescriptorMessage)] = new("struct cmsghdr", "cmsg_", IsPart: true, Named(("_descriptors", "=CMSG_LEN(0)"))),
        [typeof(Posix.Interop.LibC.Flock)] = new("struct flock", "l_"),
        [typeof(Posix.Interop.LibC.Ucred)] = new("struct ucred"),
        [typeof(Posix.Interop.LibC.Rlimit)] = new("struct rlimit", "rlim_"),
        [typeof(Posix.Interop.LibC.StatXBuffer)] = new("struct statx", "stx_"),
        [typeof(Posix.Interop.LibC.StatXTimestamp)] = new("struct statx_timestamp", "tv_"),
        [typeof(KHeadersFs.Interop.LibC.PollFd)] = new("struct pollfd", Members: Named(("Descriptor", "fd"), ("Returned", "revents"))),
        [typeof(KHeadersFs.Interop.LibC.OpenHowArgument)] = new("struct open_how"),
        [typeof(KHeadersFs.Interop.LibC.LoopInfo)] = new("struct loop_info64", "lo_"),
        [typeof(KHeadersFs.Interop.LibC.StatXResult)] = new("struct statx", "stx_", Members: Named(
            ("Inode", "ino"), ("BirthSeconds", "btime.tv_sec"), ("BirthNanoseconds", "btime.tv_nsec"), ("ModifiedSeconds", "mtime.tv_sec"),
            ("ModifiedNanoseconds", "mtime.tv_nsec"), ("DeviceMajor", "dev_major"), ("DeviceMinor", "dev_minor"))),
        [typeof(Sandbox.SystemCallFilter).GetNestedType("Instruction", Nested)!] = new("struct sock_filter", Members: Named(
            ("<Code>k__BackingField", "code"), ("<IfTrue>k__BackingField", "jt"), ("<IfFalse>k__BackingField", "jf"), ("<Operand>k__BackingField", "k"))),
        [typeof(Sandbox.SystemCallFilter).GetNestedType("FilterProgram", Nested)!] = new("struct sock_fprog", Members: Named(("Length", "len"), ("Instructions", "filter"))),
        [typeof(LibLzma.Stream)] = new("lzma_stream", Members: static name => name is "SeekPosition" ? "seek_pos" : Reserved(name)),
        [typeof(LibLzma.Allocator)] = new("lzma_allocator"),
        [typeof(LibLzma.Filter)] = new("lzma_filter"),
        [typeof(LibLzma.LzmaOptions)] = new("lzma_options_lzma", IsPart: true, Members: Named(("DictionarySize", "dict_size"))),
        [typeof(LibLzma.Block)] = new("lzma_block", Members: Reserved),
        [typeof(LibLzma.StreamFlags)] = new("lzma_stream_flags", IsPart: true),
        [typeof(LibLzma.IndexIter)] = new("lzma_index_iter", Members: OfIterator),
        [typeof(LibZstd.Buffer)] = new("ZSTD_inBuffer", Members: Named(("Start", "src"), ("Position", "pos"))),
    };

    /// <summary>Of structs and enums that are not C's: .NET's own, and the array in <see cref="Interop.LibC.DescriptorMessage"/>.</summary>
    internal static HashSet<Type> OfOthers { get; } = [typeof(LibZ.Stream), typeof(LibZ.Result), typeof(Interop.LibC.DescriptorMessage).GetNestedType("DescriptorArray", Nested)!];

    /// <summary>Those of the libraries, whose headers are not the C library's.</summary>
    internal static bool IsOfLibrary(Type type) => type.DeclaringType == typeof(LibLzma) || type.DeclaringType == typeof(LibZstd);

    /// <summary>What a field is called in C.</summary>
    internal string MemberOf(string field) => Members?.Invoke(field) is { } member
        ? member.StartsWith('=') ? member : Prefix + member
        : Prefix + Abi.SnakeCase(field);

    private static Func<string, string?> Named(params (string Field, string Member)[] members) =>
        name => Array.Find(members, m => string.Equals(m.Field, name, StringComparison.Ordinal)).Member;

    private static string? Reserved(string name) =>
        name.StartsWith("ReservedPointer", StringComparison.Ordinal) ? "reserved_ptr" + name["ReservedPointer".Length..] : null;

    // Two structs within one, and an array.
    private static string? OfIterator(string name) =>
        name.StartsWith("Stream", StringComparison.Ordinal) ? "stream." + OfPart(name["Stream".Length..])
        : name is ['B', 'l', 'o', 'c', 'k', .. var rest] ? "block." + OfPart(rest)
        : name is ['I', .., var number] ? $"internal[{number}]"
        : null;

    private static string OfPart(string name) => Reserved(name)
        ?? (name.StartsWith("Reserved", StringComparison.Ordinal) ? "reserved_vli" + name["Reserved".Length..] : Abi.SnakeCase(name));
}
