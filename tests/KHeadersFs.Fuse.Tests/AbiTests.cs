using System.Reflection;
using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;
using KHeadersFs.Fuse.Wire;
using KHeadersFs.Sandbox;
using LibC = KHeadersFs.Fuse.Interop.LibC;

namespace KHeadersFs.Fuse.Tests;

public class AbiTests
{
    /// <summary>Checked only against headers that have them; enum members cannot be asked for with #ifdef.</summary>
    private static readonly Dictionary<string, int> s_opcodesSince = new(StringComparer.Ordinal)
    {
        ["FUSE_STATX"] = 39,
        ["FUSE_COPY_FILE_RANGE_64"] = 45,
    };

    /// <summary>Likewise flags and constants.</summary>
    private static readonly Dictionary<string, int> s_constantsSince = new(StringComparer.Ordinal)
    {
        [nameof(FuseInitFlags.FUSE_HAS_RESEND)] = 40,
        [nameof(FuseConstants.FUSE_NOTIFY_RESEND)] = 40,
        [nameof(FuseConstants.FUSE_UNIQUE_RESEND)] = 40,
        [nameof(FuseInitFlags.FUSE_REQUEST_TIMEOUT)] = 43,
    };

    public static TheoryData<Architecture> Architectures => [Architecture.X64, Architecture.Arm64];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_struct_agrees_with_the_headers_of_kernel_and_C_library(Architecture architecture) => Assert.Empty(AbiCompiler.Complaint(
        Abi.WireStructs.Concat(AbiStruct.All.Keys.Where(static type => !AbiStruct.IsOfLibrary(type))).SelectMany(Abi.OfStruct), architecture));

    [Fact]
    public void Every_struct_of_the_wire_is_checked_in_size_and_every_field()
    {
        Type[] structs = [.. Abi.WireStructs];
        Assert.NotEmpty(structs);
        foreach (Type type in structs)
        {
            FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);
            Assert.NotEmpty(fields);
            Assert.Equal(1 + (2 * fields.Length), Abi.OfStruct(type).Count());
            Assert.DoesNotContain(fields, field => field.FieldType == typeof(bool) || field.FieldType.IsEnum);
        }
    }

    /// <summary>What is beside a native call is somebody else's: whoever adds a struct or an enum there says whose.</summary>
    [Fact]
    public void Every_struct_and_enum_beside_native_calls_is_checked()
    {
        Type[] types = [.. Abi.NativeTypes];
        Assert.True(types.Length > 25, "few are found");
        Assert.All(types, static type => Assert.True(
            AbiConstant.Enums.ContainsKey(type) || AbiStruct.All.ContainsKey(type) || AbiStruct.OfOthers.Contains(type), $"nothing is said of {type}"));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_constant_agrees_with_the_kernels_headers(Architecture architecture)
    {
        List<string> lines = [.. Abi.OfEnum(typeof(FuseOpcode), s_opcodesSince.ContainsKey)];
        lines.AddRange(Abi.WireEnums.SelectMany(type => Abi.OfEnum(type, s_constantsSince.ContainsKey)));
        lines.AddRange(Abi.OfEnum(typeof(Errno)));
        lines.AddRange(Abi.OfEnum(typeof(MountFlags)));
        lines.AddRange(Abi.OfConstants(
            typeof(FuseConstants),
            field => !field.Name.EndsWith("MINOR_VERSION", StringComparison.Ordinal) && !s_constantsSince.ContainsKey(field.Name)));
        lines.Add(Abi.Assertion($"FUSE_KERNEL_MINOR_VERSION >= {FuseConstants.FUSE_KERNEL_MINOR_VERSION}"));
        IEnumerable<(int Minor, IEnumerable<string> Checks)> newer =
        [
            .. s_opcodesSince.Select(static since => (since.Value, (IEnumerable<string>)[Abi.Constant(since.Key, (long)Enum.Parse<FuseOpcode>(since.Key))])),
            (40, Abi.OfEnum(typeof(FuseInitFlags), static name => s_constantsSince.GetValueOrDefault(name) != 40)),
            (43, Abi.OfEnum(typeof(FuseInitFlags), static name => s_constantsSince.GetValueOrDefault(name) != 43)),
            (40, Abi.OfConstants(typeof(FuseConstants), static field => s_constantsSince.ContainsKey(field.Name))),
        ];
        foreach ((int minor, IEnumerable<string> checks) in newer)
        {
            lines.Add($"#if FUSE_KERNEL_MINOR_VERSION >= {minor}");
            lines.AddRange(checks);
            lines.Add("#endif");
        }

        Assert.Empty(AbiCompiler.Complaint(lines, architecture));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_number_of_the_C_library_and_the_kernel_is_the_one_of_their_headers(Architecture architecture)
    {
        List<string> lines = [.. AbiConstant.All().Where(static c => !c.IsOfLibrary && c.Expression is not null).Select(static c => AbiConstant.WhereThereIs(c.Expression!, Abi.OfConstant(c.Field, c.Expression!)))];
        Assert.True(lines.Count > 150, $"only {lines.Count} constants are found");
        lines.AddRange(AbiConstant.OfMethods().Select(static c => Abi.Assertion($"(long long)({c.Name}) == (long long)({c.Value})")));
        (string Name, string X86, string Arm)[] pairs = [.. AbiConstant.OfArchitectures()];
        Assert.Equal(AbiCompiler.Sources().Sum(static source => source.Text.Split("is Architecture.Arm64 ?").Length - 1), pairs.Length);
        Assert.NotEmpty(pairs);
        lines.AddRange(pairs.Select(pair => Abi.Assertion($"{pair.Name} == {(architecture is Architecture.Arm64 ? pair.Arm : pair.X86)}")));
        lines.AddRange(Enumerable.Range(0, LibC.DescriptorMessage.Capacity + 1).Select(static count => Abi.Constant($"CMSG_LEN({count * 4})", (long)LibC.DescriptorMessage.LengthOf(count))));
        lines.Add(Abi.Assertion($"CMSG_SPACE({LibC.DescriptorMessage.Capacity * 4}) <= {Abi.SizeOf(typeof(LibC.DescriptorMessage))}"));
        Assert.Empty(AbiCompiler.Complaint(lines, architecture));
    }

    [Fact]
    public void Every_number_beside_native_calls_is_checked()
    {
        Assert.Empty(AbiConstant.All().Where(static c => c.Expression is null).Select(static c => $"{c.Field.DeclaringType!.Name}.{c.Field.Name}"));
        Assert.Empty(AbiConstant.Missing());
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Everything_of_xz_zstd_and_openssl_agrees_with_their_headers(Architecture architecture)
    {
        Type[] structs = [.. AbiStruct.All.Keys.Where(AbiStruct.IsOfLibrary)];
        List<string> lines = [.. structs.SelectMany(Abi.OfStruct)];
        lines.AddRange(AbiConstant.Enums.SelectMany(static e => Abi.OfEnum(e.Key, nameOf: e.Value)));
        lines.AddRange(AbiConstant.All().Where(static c => c.IsOfLibrary).Select(static c => Abi.OfConstant(c.Field, c.Expression!)));

        // One struct of ours is two of theirs; one is a block of memory that has to be large enough; and the window's number has its meaning in zlib's header.
        lines.Add("_Static_assert(sizeof(ZSTD_outBuffer) == sizeof(ZSTD_inBuffer) && offsetof(ZSTD_outBuffer, pos) == offsetof(ZSTD_inBuffer, pos), \"\");");
        lines.Add(Abi.Assertion($"sizeof(SHA256_CTX) <= {LibCrypto.Sha256StateSize} && SHA256_DIGEST_LENGTH == 32"));
        lines.AddRange(["#ifdef MAX_WBITS", Abi.Constant("MAX_WBITS + 16", LibZ.GzipWindow), Abi.Constant("Z_NO_FLUSH", LibZ.NoFlush), "#endif"]);
        Assert.Empty(AbiCompiler.Complaint(lines, architecture, libraries: true));
    }

    /// <summary>zlib is behind a struct of .NET's own, which has no header: the class library's own one is what counts, on every architecture.</summary>
    [Fact]
    public void The_stream_of_zlib_is_that_of_the_class_library()
    {
        Type native = Type.GetType("System.IO.Compression.ZLibNative, System.IO.Compression", throwOnError: true)!;
        Type stream = native.GetNestedType("ZStream", BindingFlags.NonPublic | BindingFlags.Public)!;
        long[] Offsets(Type type) => [.. type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Select(field => Abi.OffsetOf(type, field))];
        Assert.Equal(Abi.SizeOf(stream), Abi.SizeOf(typeof(LibZ.Stream)));
        Assert.Equal(Offsets(stream), Offsets(typeof(LibZ.Stream)));
        string[] names = [.. stream.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Select(static field => field.Name.TrimStart('_'))];
        Assert.Equal(["nextIn", "nextOut", "msg", "internalState", "availIn", "availOut"], names);
        Type codes = native.GetNestedType("ErrorCode", BindingFlags.NonPublic | BindingFlags.Public)!;
        Assert.Equal((int)LibZ.Result.Ok, (int)Enum.Parse(codes, "Ok"));
        Assert.Equal((int)LibZ.Result.StreamEnd, (int)Enum.Parse(codes, "StreamEnd"));
        Assert.Equal((int)LibZ.Result.MemoryError, (int)Enum.Parse(codes, "MemError"));
        Assert.Equal(LibZ.NoFlush, (int)Enum.Parse(native.GetNestedType("FlushCode", BindingFlags.NonPublic | BindingFlags.Public)!, "NoFlush"));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Every_system_call_of_the_sandbox_has_the_number_of_its_name(Architecture architecture)
    {
        IReadOnlyList<AbiSystemCall> listed = AbiSystemCall.Listed();
        Assert.True(listed.Count > 150, $"only {listed.Count} are found");
        IEnumerable<string> lines = listed.Concat(AbiSystemCall.Properties()).SelectMany(call => call.Checks(architecture is Architecture.Arm64));
        Assert.Empty(AbiCompiler.Complaint(
            [.. lines, Abi.Assertion("AUDIT_ARCH_X86_64 == 0xC000003E"), Abi.Assertion("AUDIT_ARCH_AARCH64 == 0xC00000B7")], architecture));
    }

    /// <summary>Whoever adds a pair names it, and what is in force here is what stands there.</summary>
    [Fact]
    public void Every_system_call_of_the_sandbox_is_checked()
    {
        bool isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm64;
        IReadOnlyList<AbiSystemCall> listed = AbiSystemCall.Listed();
        Assert.Equal(AbiSystemCall.Pairs(), listed.Count);
        uint[] numbers = [.. listed.Select(call => isArm ? call.Arm : call.X86).Where(static number => number >= 0).Select(static number => (uint)number).Order()];
        Assert.Equal(numbers, SystemCalls.OfServer.Concat(SystemCalls.OfDecoder).Order());
        uint[] properties = [.. AbiSystemCall.Properties().Select(call => (uint)(isArm ? call.Arm : call.X86)).Order()];
        uint[] there =
        [
            .. typeof(SystemCalls).GetProperties(BindingFlags.Static | BindingFlags.NonPublic)
                .Where(static p => p.PropertyType == typeof(uint) && p.Name is not "Architecture").Select(static p => (uint)p.GetValue(null)!).Order(),
        ];
        Assert.Equal(there, properties);
        Assert.Equal(isArm ? 0xC00000B7U : 0xC000003EU, SystemCalls.Architecture);
    }

    [Fact]
    public void Every_minimal_body_agrees_with_the_kernels_structs()
    {
        // The struct that follows the header, and the bytes of the shortest names after it.
        (FuseOpcode Opcode, string Struct, int Names)[] bodies =
        [
            (FuseOpcode.FUSE_FORGET, "fuse_forget_in", 0), (FuseOpcode.FUSE_GETATTR, "fuse_getattr_in", 0),
            (FuseOpcode.FUSE_SETATTR, "fuse_setattr_in", 0), (FuseOpcode.FUSE_MKNOD, "fuse_mknod_in", 2),
            (FuseOpcode.FUSE_MKDIR, "fuse_mkdir_in", 2), (FuseOpcode.FUSE_RENAME, "fuse_rename_in", 4),
            (FuseOpcode.FUSE_LINK, "fuse_link_in", 2), (FuseOpcode.FUSE_OPEN, "fuse_open_in", 0),
            (FuseOpcode.FUSE_READ, "fuse_read_in", 0), (FuseOpcode.FUSE_WRITE, "fuse_write_in", 0),
            (FuseOpcode.FUSE_RELEASE, "fuse_release_in", 0), (FuseOpcode.FUSE_FSYNC, "fuse_fsync_in", 0),
            (FuseOpcode.FUSE_GETXATTR, "fuse_getxattr_in", 0), (FuseOpcode.FUSE_LISTXATTR, "fuse_getxattr_in", 0), (FuseOpcode.FUSE_FLUSH, "fuse_flush_in", 0),
            (FuseOpcode.FUSE_OPENDIR, "fuse_open_in", 0), (FuseOpcode.FUSE_READDIR, "fuse_read_in", 0),
            (FuseOpcode.FUSE_RELEASEDIR, "fuse_release_in", 0), (FuseOpcode.FUSE_FSYNCDIR, "fuse_fsync_in", 0),
            (FuseOpcode.FUSE_GETLK, "fuse_lk_in", 0), (FuseOpcode.FUSE_SETLK, "fuse_lk_in", 0),
            (FuseOpcode.FUSE_ACCESS, "fuse_access_in", 0), (FuseOpcode.FUSE_CREATE, "fuse_create_in", 2),
            (FuseOpcode.FUSE_INTERRUPT, "fuse_interrupt_in", 0), (FuseOpcode.FUSE_BMAP, "fuse_bmap_in", 0),
            (FuseOpcode.FUSE_IOCTL, "fuse_ioctl_in", 0), (FuseOpcode.FUSE_POLL, "fuse_poll_in", 0),
            (FuseOpcode.FUSE_NOTIFY_REPLY, "fuse_notify_retrieve_in", 0),
            (FuseOpcode.FUSE_BATCH_FORGET, "fuse_batch_forget_in", 0),
            (FuseOpcode.FUSE_FALLOCATE, "fuse_fallocate_in", 0), (FuseOpcode.FUSE_READDIRPLUS, "fuse_read_in", 0),
            (FuseOpcode.FUSE_RENAME2, "fuse_rename2_in", 4), (FuseOpcode.FUSE_LSEEK, "fuse_lseek_in", 0),
            (FuseOpcode.FUSE_COPY_FILE_RANGE, "fuse_copy_file_range_in", 0),
            (FuseOpcode.FUSE_SETUPMAPPING, "fuse_setupmapping_in", 0),
            (FuseOpcode.FUSE_REMOVEMAPPING, "fuse_removemapping_in", 0), (FuseOpcode.FUSE_SYNCFS, "fuse_syncfs_in", 0),
        ];
        Assert.Empty(AbiCompiler.Complaint(bodies.Select(body => Abi.Assertion(
            $"sizeof(struct {body.Struct}) + {body.Names} == {OperationTable.Find((uint)body.Opcode).MinimalBody}")), RuntimeInformation.ProcessArchitecture));
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_wrong_struct_constant_or_system_call_is_noticed(Architecture architecture)
    {
        string complaint = Judge(Abi.OfStruct(typeof(FuseOpenOut)));
        Assert.Contains("offsetof(struct fuse_open_out, open_flags) == 12", complaint, StringComparison.Ordinal);
        Assert.DoesNotContain("sizeof", complaint, StringComparison.Ordinal);
        Assert.NotEmpty(Judge([Abi.Constant("FUSE_ROOT_ID", 2)]));
        Assert.NotEmpty(Judge(Abi.OfStruct(typeof(FuseNoSuchOut))));
        Assert.NotEmpty(Judge(new AbiSystemCall("read", 1, 64).Checks(architecture is Architecture.Arm64)));
        Assert.NotEmpty(Judge(new AbiSystemCall("read", -1, -1).Checks(architecture is Architecture.Arm64)));
        Assert.Equal(architecture is Architecture.Arm64, Judge(new AbiSystemCall("poll", -1, -1).Checks(isArm: true)).Length == 0);

        string Judge(IEnumerable<string> lines) => AbiCompiler.Complaint(lines, architecture);
    }

#pragma warning disable CS0649 // Only their layout counts.
    /// <summary>All sizes agree, two fields are swapped.</summary>
    private struct FuseOpenOut
    {
        internal ulong Fh;
        internal uint Padding;
        internal uint OpenFlags;
    }

    private struct FuseNoSuchOut
    {
        internal uint Fh;
    }
#pragma warning restore CS0649
}
