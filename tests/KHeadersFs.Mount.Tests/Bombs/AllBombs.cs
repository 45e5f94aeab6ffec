using KHeadersFs.Archive.Tests;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// The bombs: long extended headers, many of them, many members, names, links, directories, holes, and bodies that xz packs better than
/// blocks that stand alone can be packed. What is a matter of the tar is wrapped by zstd where xz would pack for seconds.
/// </summary>
internal static class AllBombs
{
    private const int MiB = 1 << 20;
    private const int Many = 200_000;

    private static readonly byte[] s_first = RawTar.File("first.h");
    private static readonly byte[] s_letters = [.. Enumerable.Repeat((byte)'a', 16 * MiB)];

    internal static Bomb[] All { get; } =
    [
        new("a PAX record of 512 MiB", "header", static b => Extended(b, 'x', $"{512 * MiB} comment=")),
        new("a PAX record of 64 MiB in one block", "header", static b => b.Write(static tar =>
        {
            tar.Write(s_first);
            tar.Write(new RawMember { Type = 'x', Size = RawTar.Octal(64 * MiB, 11) }.ToBytes());
            tar.Write(RawTar.Latin1($"{64 * MiB} comment="));
            for (int i = 0; i < 4; i++)
            {
                tar.Write(s_letters);
            }
        })),
        new("ten million PAX records", "header", static b => b.Write(static tar =>
        {
            tar.Write(s_first);
            tar.Write(new RawMember { Type = 'x', Size = RawTar.Octal(60_000_000, 11) }.ToBytes());
            byte[] thousand = RawTar.Latin1(string.Concat(Enumerable.Repeat("6 a=b\n", 1000)));
            for (int i = 0; i < 10_000; i++)
            {
                tar.Write(thousand);
            }
        })),
        new("a GNU name of 512 MiB", "header", static b => Extended(b, 'L')),
        new("a GNU link of 512 MiB", "header", static b => Extended(b, 'K')),
        new("a global header of 512 MiB", "header", static b => Extended(b, 'g')),
        new("a Solaris header of 512 MiB", "header", static b => Extended(b, 'X')),
        new("a dumpdir of 512 MiB", null, static b => Extended(b, 'D')),
        new("a name that claims 3 GiB", "header", static b =>
        {
            b.Write(s_first, new RawMember { Type = 'L', Size = RawTar.Base256(3L << 30, 12) }.ToBytes());
            b.Repeat(s_letters, 4);
        }),
        new("a hundred PAX headers of almost 1 MiB", "headers", static b => Repeated(b, RawTar.Pax('x', ("comment", new string('c', 1_000_000))))),
        new("a hundred global headers of almost 1 MiB", "headers", static b => Repeated(b, RawTar.Pax('g', ("comment", new string('c', 1_000_000))))),
        new("a hundred names of almost 1 MiB", "headers", static b => Repeated(b, RawTar.Long('L', new string('n', 1_000_000))), Lines: 11),
        new("many PAX headers before one member", "header", static b =>
        {
            b.Write(s_first);
            b.Repeat(RawTar.Pax('x', ("comment", new string('c', 500_000))), 1000);
        }),
        new("a path of 200,000 components", null, static b =>
            b.Write(s_first, RawTar.Pax('x', ("path", string.Concat(Enumerable.Repeat("a/", 200_000)) + "b")), RawTar.File("b"), RawTar.End), Lines: 2),
        new("a hundred thousand links to one target of 1 MB", null, static b =>
        {
            b.Write(s_first, RawTar.Long('K', string.Concat(Enumerable.Repeat("./", 500_000)) + "first.h"), RawTar.Symlink("l", "l"));
            Stamped(b, 100_000, new RawMember { Type = '2', LinkName = "l" }, "l");
        }, "l99999", Lines: 3, Compressor: "zstd"),
        new("a hundred thousand links to one of 2,000 steps", null, static b =>
        {
            b.Write(s_first, RawTar.Long('K', string.Concat(Enumerable.Repeat("./", 2000)) + "first.h"), RawTar.Symlink("l", "l"));
            Stamped(b, 100_000, new RawMember { Type = '2', LinkName = "l" }, "l");
        }, "l99999", Lines: 2, Compressor: "zstd"),
        new("a million members", null, static b => Stamped(b, 1_000_000, new RawMember(), "f"), "f999999"),
        new("more than a million members", "members", static b =>
        {
            b.Write(s_first);
            b.Repeat([.. Enumerable.Repeat(RawTar.File("again.h", ""), 4096).SelectMany(static m => m)], 300);
            b.Members = 1 << 20;
        }),
        new("many directories", null, static b => Stamped(b, Many, new RawMember { Type = '5' }, "d"), "d199999", Compressor: "zstd"),
        new("many hard links", null, static b => Stamped(b, Many, new RawMember { Type = '1', LinkName = "first.h" }, "h"), "h199999", Compressor: "zstd"),
        new("many pipes", null, static b => Stamped(b, Many, new RawMember { Type = '6' }, "p"), Lines: 12, Compressor: "zstd"),
        new("many members of one name", null, static b =>
        {
            b.Write(s_first);
            b.Repeat([.. Enumerable.Repeat(RawTar.File("again.h", "body"), 1000).SelectMany(static m => m)], Many / 1000);
            b.Members += Many;
            b.Write(RawTar.End);
        }, "again.h"),
        new("names of 200 bytes", "text", static b => Stamped(b, Many, new RawMember { Prefix = new string('p', 110), }, new string('n', 90)), Compressor: "zstd"),
        new("a global target for many links", "text", static b =>
        {
            b.Write(s_first, RawTar.Pax('g', ("linkpath", new string('t', 4000))));
            Stamped(b, Many, new RawMember { Type = '2', LinkName = "x" }, "l");
        }, Compressor: "zstd"),
        new("a deep global path for many members", "path_steps", static b =>
        {
            b.Write(s_first, RawTar.Pax('g', ("path", string.Concat(Enumerable.Repeat("a/", 2000)) + "b.h")));
            Stamped(b, 20_000, new RawMember(), "x");
        }),
        new("deep directories without members", "implied", static b => b.Write(static tar =>
        {
            tar.Write(s_first);
            string deep = string.Concat(Enumerable.Repeat("d/", 1000));
            for (int i = 0; i < 1000; i++)
            {
                tar.Write(RawTar.Long('L', $"{i}/{deep}a.h"));
                tar.Write(s_first);
            }
        })),
        new("500 MiB of zeros", null, static b => Body(b, 500, new byte[MiB]), "zeros.h"),
        new("64 MiB of zeros in one block", null, static b => b.Write(static tar =>
        {
            tar.Write(s_first);
            tar.Write(new RawMember { Name = "zeros.h", Size = RawTar.Octal(64 * MiB, 11) }.ToBytes());
            byte[] zeros = new byte[MiB];
            for (int i = 0; i < 64; i++)
            {
                tar.Write(zeros);
            }

            tar.Write(RawTar.End);
        }), "zeros.h"),
        new("more than a gigabyte", "decoded", static b => Body(b, 1025, new byte[MiB])),
        new("noise that comes again", "store", static b => b.Write(static tar =>
        {
            tar.Write(s_first);
            tar.Write(new RawMember { Name = "noise.h", Size = RawTar.Octal(16 * MiB, 11) }.ToBytes());
            byte[] noise = Noise(MiB / 2);
            for (int i = 0; i < 32; i++)
            {
                tar.Write(noise);
            }
        }, "-1")),
        new("files of noise that come again", "store", static b => b.Write(static tar =>
        {
            tar.Write(s_first);
            var stamp = new MemberStamp(new RawMember { Body = Noise(20_000) });
            for (int i = 0; i < 1000; i++)
            {
                stamp.Write(tar, $"{i}.h");
            }
        }, "-1")),
        new("a hundred maps of 90,000 segments", "headers", static b => Repeated(b, Map(90_000))),
        new("fifty maps of 90,000 segments", null, static b => Repeated(b, Map(90_000), 50), "holes.h"),
        new("a map of 200,000 segments", "header", static b => b.Write([s_first, Map(200_000), RawTar.End])),
        new("a thousand holes of 1 TiB", null, static b =>
        {
            b.Write(s_first);
            Write(b, 1000, static i => SparseTar.Pax10($"h{i}", 1L << 40, [(0, 512), ((1L << 40) - 512, 512)], Noise(1024)));
        }, "h999"),
        new("a hole of 4 EiB", null, static b => b.Write(
            s_first, SparseTar.Pax10("hole", 1L << 62, [(0, 512), ((1L << 62) - 512, 512)], Noise(1024)), RawTar.End), "hole"),
        new("many .xz streams", "index", static b =>
        {
            b.Write(s_first);
            b.Repeat(RawTar.File("again.h"), 150_000);
        }),
        new("500 MiB of zeros in gzip", null, static b => Body(b, 500, new byte[MiB]), "zeros.h", Compressor: "gzip"),
        new("500 MiB of zeros in zstd", null, static b => Body(b, 500, new byte[MiB]), "zeros.h", Compressor: "zstd"),
        new("more than a gigabyte in gzip", "decoded", static b => Body(b, 1025, new byte[MiB]), Compressor: "gzip"),
        new("more than a gigabyte in zstd", "decoded", static b => Body(b, 1025, new byte[MiB]), Compressor: "zstd"),
        new("many gzip members", null, static b => Pieces(b), "again.h", Compressor: "gzip"),
        new("many zstd frames", null, static b => Pieces(b), "again.h", Compressor: "zstd"),
        new("noise that comes again in zstd", "store", static b => b.Write(static tar =>
        {
            tar.Write(s_first);
            tar.Write(new RawMember { Name = "noise.h", Size = RawTar.Octal(32 * MiB, 11) }.ToBytes());
            byte[] noise = Noise(MiB / 2);
            for (int i = 0; i < 64; i++)
            {
                tar.Write(noise);
            }
        }), Compressor: "zstd"),
    ];

    /// <summary>A member of 512 MiB of letters, and one behind it.</summary>
    private static void Extended(BombWriter bomb, char type, string start = "")
    {
        bomb.Write(s_first, new RawMember { Name = "d", Type = type, Size = RawTar.Octal((512 * MiB) + start.Length, 11) }.ToBytes(), RawTar.Latin1(start));
        bomb.Repeat(s_letters, 512 * MiB / s_letters.Length);
        bomb.Write(new byte[-start.Length & (RawMember.BlockSize - 1)], RawTar.File("last.h"), RawTar.End);
    }

    private static void Repeated(BombWriter bomb, byte[] header, int times = 100)
    {
        bomb.Write(s_first);
        bomb.Repeat([.. header, .. RawTar.File("again.h")], times);
        bomb.Members += 2 * times;
        bomb.Write(RawTar.End);
    }

    /// <summary>Members with numbered names.</summary>
    private static void Stamped(BombWriter bomb, int count, RawMember member, string prefix)
    {
        var stamp = new MemberStamp(member);
        bomb.Members += count;
        bomb.Write(
            tar =>
            {
                tar.Write(s_first);
                for (int i = 0; i < count; i++)
                {
                    stamp.Write(tar, FormattableString.Invariant($"{prefix}{i}"));
                }

                tar.Write(RawTar.End);
            },
            "-0");
    }

    private static void Write(BombWriter bomb, int count, Func<int, byte[]> member)
    {
        bomb.Members += count;
        bomb.Write(tar =>
        {
            for (int i = 0; i < count; i++)
            {
                tar.Write(member(i));
            }

            tar.Write(RawTar.End);
        });
    }

    /// <summary>A million pieces that decode to nothing, and as many members as there may be.</summary>
    private static void Pieces(BombWriter bomb)
    {
        bomb.Write(s_first);
        bomb.Repeat([], 1_000_000);
        bomb.Repeat(RawTar.File("again.h"), 150_000);
        bomb.Members += 150_000;
        bomb.Write(RawTar.End);
    }

    private static void Body(BombWriter bomb, int pieces, byte[] piece)
    {
        bomb.Write(s_first, new RawMember { Name = "zeros.h", Size = RawTar.Octal((long)pieces * piece.Length, 11) }.ToBytes());
        bomb.Repeat(piece, pieces);
        bomb.Write(RawTar.End);
    }

    /// <summary>A sparse file whose map has so many segments, all of them empty.</summary>
    private static byte[] Map(int segments) => SparseTar.Pax10(
        "holes.h", segments, string.Concat(Enumerable.Range(0, segments).Select(static i => $"{i}\n0\n").Prepend($"{segments}\n")), []);

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }
}
