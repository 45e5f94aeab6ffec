using KHeadersFs.Archive.Tests;

namespace KHeadersFs.Mount.Tests;

/// <summary>Archives of kinds that few writers make, mounted: the tree is what GNU tar unpacks, and what SharpCompress reads if it can.</summary>
public sealed class RawTreeTests : IDisposable
{
    private static readonly byte[] s_kilobyte = [.. Enumerable.Range(0, 1024).Select(static i => (byte)(i * 7))];
    private static readonly (long, long)[] s_map = [(1024, 512), (4096, 512), (10_000, 0)];

    private static readonly Dictionary<string, byte[][]> s_kinds = new(StringComparer.Ordinal)
    {
        ["prefix beside PAX records"] = [RawTar.Pax('x', ("mtime", "5.5")), new RawMember { Prefix = "usr/src", Name = "a.h" }.ToBytes()],
        ["prefix without them"] = [new RawMember { Prefix = "usr/src", Name = "a.h" }.ToBytes()],
        ["size of a directory"] = [new RawMember { Name = "d/", Type = '5', Size = RawTar.Octal(512, 11) }.ToBytes(), RawTar.File("d/a.h")],
        ["directory of type 0"] = [RawTar.File("d/", ""), RawTar.File("d/a.h")],
        ["newline in an attribute"] = [RawTar.Pax('x', ("SCHILY.xattr.user.x", "a\n12 path=evil\n"), ("path", "p.h")), RawTar.File("a.h")],
        ["record that comes twice"] = [RawTar.Pax('x', ("path", "one.h"), ("path", "two.h")), RawTar.File("a.h")],
        ["large numbers"] = [new RawMember { Name = "a.h", Uid = RawTar.Base256(3_000_000_000, 8), Time = RawTar.Base256(1L << 33, 12) }.ToBytes()],
        ["checksum of signed bytes"] = [new RawMember { Name = RawTar.Utf8("ü.h"), SignedChecksum = true }.ToBytes()],
        ["V7"] = [new RawMember { Name = "a.h", Magic = "", Type = '\0' }.ToBytes()],
        ["GNU dumpdir"] = [new RawMember { Name = "d/", Type = 'D', Body = "Ya.h\0\0"u8.ToArray() }.ToBytes(), RawTar.File("d/a.h")],
        ["global time"] = [RawTar.Pax('g', ("mtime", "5.5")), RawTar.File("a.h")],
        ["volume label"] = [new RawMember { Name = "label", Type = 'V' }.ToBytes(), RawTar.File("a.h")],
        ["Solaris header"] = [RawTar.Pax('X', ("path", "p.h")), RawTar.File("a.h")],
        ["sparse, old GNU"] = [SparseTar.Old("holes.h", 10_000, s_map, s_kilobyte)],
        ["sparse, PAX 0.0"] = [SparseTar.Pax00("holes.h", 10_000, s_map, s_kilobyte)],
        ["sparse, PAX 0.1"] = [SparseTar.Pax01("holes.h", 10_000, s_map, s_kilobyte)],
        ["sparse, PAX 1.0"] = [SparseTar.Pax10("holes.h", 10_000, s_map, s_kilobyte)],
        ["names that are not UTF-8"] = [RawTar.File("caf\xe9.h"), RawTar.Symlink("l\xff", "\xfe")],
    };

    /// <summary>What SharpCompress 0.50.8 reads otherwise, and why. A kind that it reads right must not stand here.</summary>
    private static readonly Dictionary<string, string> s_notJudged = new(StringComparer.Ordinal)
    {
        ["directory of type 0"] = "it tells directories by the type alone",
        ["large numbers"] = "it takes a time beyond 33 bits for the end of the tar",
        ["GNU dumpdir"] = "it takes any type that it does not know for a file",
        ["volume label"] = "it takes any type that it does not know for a file",
        ["Solaris header"] = "it takes any type that it does not know for a file",
        ["sparse, old GNU"] = "it takes the map for a prefix",
        ["sparse, PAX 0.0"] = "it knows no sparse records",
        ["sparse, PAX 0.1"] = "it knows no sparse records",
        ["sparse, PAX 1.0"] = "it knows no sparse records",
        ["names that are not UTF-8"] = "it has names as strings, as System.IO has those of the mount",
    };

    private readonly Scratch _scratch = new();

    public RawTreeTests() => Subject.RequireMounts();

    public static TheoryData<string> Kinds => [.. s_kinds.Keys];

    public void Dispose()
    {
        ProcessRun.Of(["rm", "-rf", _scratch.In("reference")]).Succeeded(); // System.IO cannot remove what is not UTF-8
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_kind_that_few_writers_make_is_mounted_as_tar_unpacks_it(string kind)
    {
        string tar = _scratch.Write("raw.tar", [.. RawTar.File("first.h"), .. s_kinds[kind].SelectMany(static m => m), .. RawTar.File("last.h"), .. RawTar.End]);
        ProcessRun.Of(["xz", "-0", tar]).Succeeded();
        using var mounted = MountedProgram.Detached(tar + ".xz");
        string reference = _scratch.In("reference");

        // Names by find and cmp: System.IO has none that are not UTF-8. Directories without a member have the time of their making.
        ProcessRun.Shell(
            """
            mkdir "$1" && tar --no-same-owner -xpf "$2" -C "$1" || exit
            list() { cd "$1" && find . -mindepth 1 '(' -type d -printf 'd:%P\0' -o -printf '%y:%P:%s:%l:%T@\0' ')' | LC_ALL=C sort -z; }
            (list "$1") >"$1.list"
            (list "$3") | cmp - "$1.list" || exit
            diff -r --no-dereference "$1" "$3"
            """,
            reference, tar + ".xz", mounted.Root).Succeeded();
        string[] differences = Judge(tar + ".xz", mounted.Root);
        Assert.True(
            differences.Length > 0 == s_notJudged.ContainsKey(kind),
            $"{differences.Length} differences to SharpCompress: {string.Join('\n', differences)}");
    }

    private static string[] Judge(string archive, string root)
    {
        try
        {
            return [.. IndependentTree.Of(archive).Differences(TreeSnapshot.Of(root))];
        }
        catch (Exception fault) when (fault is IOException or FormatException or SharpCompress.Common.SharpCompressException)
        {
            return [fault.Message];
        }
    }
}
