namespace KHeadersFs.Archive.Tests;

/// <summary>Types of members, and members that meet: twice the same name, links, what stands below what.</summary>
internal static class KindCases
{
    internal static IEnumerable<TarCase> All =>
    [
        TarCase.Of("kind-contiguous", Typed('7', "c.h", "x")),
        TarCase.Of("kind-nul", new RawMember { Name = "v7.h", Type = '\0', Magic = "", Body = "x"u8.ToArray() }.ToBytes()),
        TarCase.Of("kind-char-device", new RawMember { Name = "null", Type = '3', Patches = [(329, "0000001"), (337, "0000003")] }.ToBytes()),
        TarCase.Of("kind-block-device", new RawMember { Name = "disk", Type = '4', Patches = [(329, "0000007"), (337, "0000000")] }.ToBytes()),
        TarCase.Of("kind-fifo", Typed('6', "fifo")),
        TarCase.Of("kind-fifo-size", new RawMember { Name = "fifo", Type = '6', Size = RawTar.Octal(512, 11) }.ToBytes()),
        TarCase.Of("kind-symlink-size", new RawMember { Name = "l", Type = '2', LinkName = "t", Size = RawTar.Octal(512, 11) }.ToBytes()),
        TarCase.Of("kind-hard-link-size", new RawMember { Name = "l", Type = '1', LinkName = "first.h", Size = RawTar.Octal(512, 11) }.ToBytes()),
        TarCase.Of("kind-directory-size", new RawMember { Name = "d/", Type = '5', Size = RawTar.Octal(512, 11) }.ToBytes(), RawTar.File("d/a.h")),
        TarCase.Of("kind-directory-size-v7", new RawMember { Name = "d/", Type = '\0', Magic = "", Size = RawTar.Octal(512, 11) }.ToBytes()),
        TarCase.Of("kind-directory-without-slash", Typed('5', "d"), RawTar.File("d/a.h")),
        TarCase.Of("kind-dumpdir", new RawMember { Name = "d/", Type = 'D', Magic = RawTar.OldGnu, Body = "Ya.h\0Nb.h\0\0"u8.ToArray() }.ToBytes(), RawTar.File("d/a.h")),
        TarCase.Of("kind-label", Typed('V', "a label")),
        TarCase.Exactly("kind-label-first", Typed('V', "a label"), RawTar.File("first.h"), RawTar.End),
        TarCase.Of("kind-continued", Typed('M', "part.h", "x")),
        TarCase.Of("kind-old-long-names", Typed('N', "names", "x")),
        .. "AEIZ9@ \xff".Select(static type => TarCase.Of($"kind-unknown-{(int)type:x2}", Typed(type, "what.h", "x"))),
        TarCase.Of("kind-unknown-slash", Typed('Z', "d/"), RawTar.File("d/a.h")),
        TarCase.Of("twice-file", RawTar.File("a.h", "one, longer"), RawTar.File("a.h", "two")),
        TarCase.Of("twice-file-linked", RawTar.File("a.h", "one"), RawTar.HardLink("b.h", "a.h"), RawTar.File("a.h", "two")),
        TarCase.Of("twice-file-directory", RawTar.File("a"), RawTar.Directory("a/"), RawTar.File("a/b.h")),
        TarCase.Of("twice-directory-file-empty", RawTar.Directory("a/"), RawTar.File("a")),
        TarCase.Of("twice-directory-file-full", RawTar.File("a/b.h"), RawTar.File("a")),
        TarCase.Of("twice-directory-symlink-empty", RawTar.Directory("a/"), RawTar.Symlink("a", "first.h")),
        TarCase.Of("twice-directory-symlink-full", RawTar.File("a/b.h"), RawTar.Symlink("a", "first.h")),
        TarCase.Of("twice-directory-hard-link", RawTar.Directory("a/"), RawTar.HardLink("a", "first.h")),
        TarCase.Of("twice-directory-emptied", RawTar.File("a/b/c.h"), RawTar.File("a/b/c.h", "y"), RawTar.File("a/b")),
        TarCase.Of("twice-directory-fifo", RawTar.Directory("a/"), Typed('6', "a")),
        TarCase.Of("twice-file-fifo", RawTar.File("a"), Typed('6', "a")),
        TarCase.Of("twice-directory", new RawMember { Name = "d/", Type = '5', Time = RawTar.Octal(5, 11) }.ToBytes(), RawTar.File("d/a.h"), new RawMember { Name = "d/", Type = '5', Time = RawTar.Octal(6, 11) }.ToBytes()),
        TarCase.Of("twice-symlink-file", RawTar.Symlink("a", "first.h"), RawTar.File("a", "own")),
        TarCase.Of("twice-symlink-directory", RawTar.Directory("d/"), RawTar.Symlink("a", "d"), RawTar.Directory("a/")),
        TarCase.Of("twice-symlink-symlink", RawTar.Symlink("a", "one"), RawTar.Symlink("a", "two")),
        TarCase.Of("twice-file-symlink", RawTar.File("a"), RawTar.Symlink("a", "first.h")),
        TarCase.Of("twice-implied-then-file", RawTar.File("a/b.h"), RawTar.File("a/b.h/c.h")),
        TarCase.Of("below-file", RawTar.File("a"), RawTar.File("a/b.h")),
        TarCase.Of("below-symlink", RawTar.Directory("d/"), RawTar.Symlink("l", "d"), RawTar.File("l/a.h")),
        TarCase.Of("below-symlink-absolute", RawTar.Symlink("l", "/nowhere"), RawTar.File("l/a.h")),
        TarCase.Of("link-to-earlier", RawTar.HardLink("a.h", "first.h"), RawTar.HardLink("b.h", "./a.h"), RawTar.HardLink("d/c.h", ".//b.h")),
        TarCase.Of("link-to-nothing", RawTar.HardLink("a.h", "none.h")),
        TarCase.Of("link-to-later", RawTar.HardLink("a.h", "last.h")),
        TarCase.Of("link-to-directory", RawTar.Directory("d/"), RawTar.HardLink("a.h", "d")),
        TarCase.Of("link-to-itself", RawTar.File("a.h"), RawTar.HardLink("a.h", "a.h")),
        TarCase.Of("link-to-itself-new", RawTar.HardLink("a.h", "a.h")),
        TarCase.Of("link-to-symlink", RawTar.Symlink("l", "first.h"), RawTar.HardLink("m", "l")),
        TarCase.Of("link-through-symlink", RawTar.File("d/a.h"), RawTar.Symlink("l", "d"), RawTar.HardLink("b.h", "l/a.h")),
        TarCase.Of("link-with-body", new RawMember { Name = "l.h", Type = '1', LinkName = "first.h", Body = "new body"u8.ToArray() }.ToBytes()),
        TarCase.Of("link-absolute", RawTar.HardLink("a.h", "/first.h")),
        TarCase.Of("link-empty", RawTar.HardLink("a.h", "")),
        TarCase.Of("link-over-file", RawTar.File("a.h", "own"), RawTar.HardLink("a.h", "first.h")),
        TarCase.Of("link-to-fifo", Typed('6', "fifo"), RawTar.HardLink("a", "fifo")),
        TarCase.Of("executable", new RawMember { Name = "x.sh", Mode = "0000755" }.ToBytes(), new RawMember { Name = "g.sh", Mode = "0000454" }.ToBytes(), new RawMember { Name = "o.sh", Mode = "0004641" }.ToBytes()),
    ];

    private static byte[] Typed(char type, string name, string body = "") =>
        new RawMember { Name = name, Type = type, Body = RawTar.Latin1(body) }.ToBytes();
}
