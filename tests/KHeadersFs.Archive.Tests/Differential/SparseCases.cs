namespace KHeadersFs.Archive.Tests;

/// <summary>Files with holes, in every form, with right maps and wrong ones.</summary>
internal static class SparseCases
{
    private const string Name = "holes.h";

    private static readonly byte[] Kilobyte = [.. Enumerable.Range(0, 1024).Select(static i => (byte)((i * 7) + 1))];

    private delegate byte[] Form(string name, long size, (long Offset, long Length)[] map, byte[] data);

    private static (string Name, Form Write)[] Forms =>
        [("S", static (n, s, m, d) => SparseTar.Old(n, s, m, d)), ("00", SparseTar.Pax00), ("01", SparseTar.Pax01), ("10", SparseTar.Pax10)];

    internal static IEnumerable<TarCase> All => [.. Forms.SelectMany(static f => Shapes(f.Name, f.Write)), .. Single];

    private static IEnumerable<TarCase> Shapes(string form, Form write)
    {
        return
        [
            Case("begin-hole", 4096, [(1024, 1024), (4096, 0)]),
            Case("end-hole", 4096, [(0, 1024), (4096, 0)]),
            Case("no-end-segment", 4096, [(512, 1024)]),
            Case("no-hole", 1024, [(0, 1024)]),
            Case("only-hole", 4096, [(4096, 0)], []),
            Case("no-segment", 4096, [], []),
            Case("nothing", 0, [(0, 0)], []),
            Case("odd-places", 3001, [(7, 3), (11, 500), (1000, 100), (3000, 1)], Kilobyte[..604]),
            Case("odd-places-padded", 3001, [(7, 3), (11, 500), (1000, 100), (3000, 1)], Padded(3, 500, 100, 1)),
            Case("touching", 2048, [(0, 512), (512, 512), (2048, 0)]),
            Case("four", 9000, [(0, 512), (2048, 512), (4096, 512), (6144, 100)], [.. Kilobyte, .. Kilobyte[..612]]),
            Case("five", 9000, [(0, 512), (2048, 512), (4096, 512), (6144, 512), (8888, 112)], [.. Kilobyte, .. Kilobyte, .. Kilobyte[..112]]),
            Case("hundred", 205_000, [.. Enumerable.Range(0, 100).Select(static i => (i * 2048L, 512L)), (205_000, 0)], [.. Enumerable.Repeat(Kilobyte, 50).SelectMany(static k => k)]),
            Case("hole-of-a-block-size", 256 << 10, [(16 << 10, 512), (64 << 10, 512), ((256 << 10) - 1, 1)], [.. Kilobyte, 7]),
            Case("hole-of-40-MiB", 40 << 20, [(20 << 20, 1024), (40 << 20, 0)]),
            Case("hole-of-8-GiB", 8L << 30, [(0, 512), ((8L << 30) - 512, 512)]),
            Case("hole-of-1-TiB", 1L << 40, [(0, 512), ((1L << 40) - 512, 512)]),
            Case("zero-length-within", 4096, [(0, 512), (1024, 0), (2048, 512), (4096, 0)]),
            Case("out-of-order", 4096, [(2048, 512), (0, 512)]),
            Case("overlapping", 4096, [(0, 1024), (512, 512)], [.. Kilobyte, .. Kilobyte[..512]]),
            Case("beyond-the-size", 1024, [(512, 1024)]),
            Case("zero-length-beyond-the-size", 1024, [(0, 1024), (2048, 0)]),
            Case("negative-offset", 4096, [(-512, 1024)]),
            Case("offset-overflow", long.MaxValue, [(long.MaxValue - 5, 1024)]),
            Case("data-short-of-map", 4096, [(0, 1024), (2048, 1024)]),
            Case("data-beyond-map", 4096, [(0, 512)]),
        ];

        TarCase Case(string shape, long size, (long, long)[] map, byte[]? data = null) =>
            TarCase.Of($"sparse-{form}-{shape}", write(Name, size, map, data ?? Kilobyte));
    }

    /// <summary>Pieces of so many bytes, each filled up to a block, as GNU tar reads a segment.</summary>
    private static byte[] Padded(params int[] lengths) =>
        [.. lengths.SelectMany(static (length, i) => Enumerable.Repeat((byte)('a' + i), length).Concat(new byte[RawMember.BlockSize - length]))];

    private static IEnumerable<TarCase> Single =>
    [
        TarCase.Of("sparse-S-block-with-few", SparseTar.Old(Name, 20_000, [.. Enumerable.Range(0, 9).Select(static i => (i * 2048L, 512L)), (20_000, 0)], [.. Kilobyte, .. Kilobyte, .. Kilobyte, .. Kilobyte, .. Kilobyte[..512]], segmentsPerBlock: 2)),
        TarCase.Of("sparse-S-long-name", RawTar.Long('L', new string('n', 200)), SparseTar.Old("short", 4096, [(1024, 1024), (4096, 0)], Kilobyte)),
        TarCase.Of("sparse-S-x-path", RawTar.Pax('x', ("path", "x.h")), SparseTar.Old("short", 4096, [(1024, 1024), (4096, 0)], Kilobyte)),
        TarCase.Of("sparse-S-executable", SparseTar.Old("x", 4096, [(1024, 1024), (4096, 0)], Kilobyte), RawTar.HardLink("y", "x")),
        TarCase.Exactly("sparse-S-ends-within-map", RawTar.File("first.h"), SparseTar.Old(Name, 20_000, [.. Enumerable.Range(0, 30).Select(static i => (i * 600L, 1L))], Kilobyte[..30])[..700]),
        TarCase.Of("sparse-01-name-long", SparseTar.Pax01(string.Join('/', Enumerable.Repeat("directory", 30)), 4096, [(1024, 1024), (4096, 0)], Kilobyte)),
        TarCase.Of("sparse-10-name-latin1", SparseTar.Pax10("caf\xe9.h", 4096, [(1024, 1024), (4096, 0)], Kilobyte)),
        TarCase.Of("sparse-10-map-of-many-blocks", SparseTar.Pax10(Name, 2_050_000, [.. Enumerable.Range(0, 500).Select(static i => (i * 4096L, 512L)), (2_050_000, 0)], [.. Enumerable.Repeat(Kilobyte, 250).SelectMany(static k => k)])),
        TarCase.Of("sparse-10-map-no-number", SparseTar.Pax10(Name, 4096, "x\n0\n512\n", Kilobyte)),
        TarCase.Of("sparse-10-map-too-few", SparseTar.Pax10(Name, 4096, "3\n0\n512\n", Kilobyte)),
        TarCase.Of("sparse-10-map-huge-count", SparseTar.Pax10(Name, 4096, "99999999999\n0\n512\n", Kilobyte)),
        TarCase.Of("sparse-10-map-empty", SparseTar.Pax10(Name, 4096, "\n", Kilobyte)),
        TarCase.Of("sparse-01-map-odd", RawTar.Pax('x', ("GNU.sparse.size", "4096"), ("GNU.sparse.map", "0,512,1024")), RawTar.File(Name, new string('b', 512))),
        TarCase.Of("sparse-01-map-noise", RawTar.Pax('x', ("GNU.sparse.size", "4096"), ("GNU.sparse.map", "0,5x2")), RawTar.File(Name, new string('b', 512))),
        TarCase.Of("sparse-01-numblocks-wrong", RawTar.Pax('x', ("GNU.sparse.size", "4096"), ("GNU.sparse.numblocks", "9"), ("GNU.sparse.map", "0,512")), RawTar.File(Name, new string('b', 512))),
        TarCase.Of("sparse-00-offset-alone", RawTar.Pax('x', ("GNU.sparse.size", "4096"), ("GNU.sparse.offset", "0")), RawTar.File(Name, new string('b', 512))),
        TarCase.Of("sparse-00-numbytes-first", RawTar.Pax('x', ("GNU.sparse.size", "4096"), ("GNU.sparse.numbytes", "512"), ("GNU.sparse.offset", "0")), RawTar.File(Name, new string('b', 512))),
        TarCase.Of("sparse-version-unknown", RawTar.Pax('x', ("GNU.sparse.major", "2"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "4096")), RawTar.File(Name, new string('b', 512))),
        TarCase.Of("sparse-realsize-alone", RawTar.Pax('x', ("GNU.sparse.realsize", "4096")), RawTar.File(Name, "body")),
        TarCase.Of("sparse-name-alone", RawTar.Pax('x', ("GNU.sparse.name", "named.h")), RawTar.File(Name, "body")),
        TarCase.Of("sparse-name-and-path", RawTar.Pax('x', ("GNU.sparse.name", "named.h"), ("path", "path.h")), RawTar.File(Name, "body")),
        TarCase.Of("sparse-path-and-name", RawTar.Pax('x', ("path", "path.h"), ("GNU.sparse.name", "named.h")), RawTar.File(Name, "body")),
        TarCase.Of("sparse-then-plain", SparseTar.Pax01(Name, 4096, [(1024, 1024), (4096, 0)], Kilobyte), RawTar.File("plain.h", "body")),
    ];
}
