using System.Reflection;
using KHeadersFs.Fuse.Interop;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse.Tests;

public class AbiTests
{
    private const string Arm64 = "aarch64-linux-gnu-gcc";

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

    [Theory]
    [InlineData("gcc")]
    [InlineData(Arm64)]
    public void Every_struct_agrees_with_the_kernels_header(string compiler) =>
        Assert.Empty(Abi.Compile(Abi.WireStructs.Concat(Abi.LibCStructs).SelectMany(Abi.OfStruct), compiler));

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

    [Theory]
    [InlineData("gcc")]
    [InlineData(Arm64)]
    public void Every_constant_agrees_with_the_kernels_headers(string compiler)
    {
        List<string> lines = [.. Abi.OfEnum(typeof(FuseOpcode), s_opcodesSince.ContainsKey)];
        lines.AddRange(Abi.WireEnums.SelectMany(type => Abi.OfEnum(type, s_constantsSince.ContainsKey)));
        lines.AddRange(Abi.OfEnum(typeof(Errno)));
        lines.AddRange(Abi.OfEnum(typeof(MountFlags)));
        lines.AddRange(Abi.OfConstants(typeof(LibC)));
        lines.AddRange(Abi.OfConstants(typeof(Posix.Interop.LibC)));
        lines.Add(Abi.Constant("O_DIRECTORY", compiler is Arm64 ? 0x4000 : 0x10000));
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

        Assert.Empty(Abi.Compile(lines, compiler));
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
        Assert.Empty(Abi.Compile(bodies.Select(body => Abi.Assertion(
            $"sizeof(struct {body.Struct}) + {body.Names} == {OperationTable.Find((uint)body.Opcode).MinimalBody}"))));
    }

    [Fact]
    public void A_wrong_struct_or_constant_is_noticed()
    {
        string complaint = Abi.Compile(Abi.OfStruct(typeof(FuseOpenOut)));
        Assert.Contains("offsetof(struct fuse_open_out, open_flags) == 12", complaint, StringComparison.Ordinal);
        Assert.DoesNotContain("sizeof", complaint, StringComparison.Ordinal);
        Assert.NotEmpty(Abi.Compile([Abi.Constant("FUSE_ROOT_ID", 2)]));
        Assert.NotEmpty(Abi.Compile(Abi.OfStruct(typeof(FuseNoSuchOut))));
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
