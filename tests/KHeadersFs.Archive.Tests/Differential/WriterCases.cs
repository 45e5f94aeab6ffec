using System.Text;

namespace KHeadersFs.Archive.Tests;

/// <summary>Every program that writes tars, in each of its formats, for each shape of tree; and what only some of them can do.</summary>
internal static class WriterCases
{
    private static readonly (string Name, SourceTree Tree)[] s_shapes =
    [
        Shape("plain", SourceEntry.Directory("d"), SourceEntry.File("d/a.h", "a"), SourceEntry.File("b.h", "b") with { Executable = true }),
        Shape("long-name", SourceEntry.File(new string('n', 100)), SourceEntry.File(new string('n', 101)), SourceEntry.File(new string('n', 255)), SourceEntry.Directory(new string('d', 255)), SourceEntry.File($"{new string('d', 255)}/{new string('n', 255)}")),
        Shape("long-target", SourceEntry.Symlink("a", new string('t', 100)), SourceEntry.Symlink("b", new string('t', 101)), SourceEntry.Symlink("c", string.Join('/', Enumerable.Repeat("target", 500)))),
        Shape("prefix", Chain(9, "directory-of-the-prefix")),
        Shape("deep", Chain(60, "level")),
        Shape("not-utf8", SourceEntry.Directory("d\xe9"), SourceEntry.File("d\xe9/\xff.h"), SourceEntry.Symlink("l\xfe", "\xed\xa0\x80"), SourceEntry.File(new string('\xe9', 120)), SourceEntry.File(RawTar.Utf8("ü漢.h"))),
        Shape("odd-names", SourceEntry.File("new\nline"), SourceEntry.File("back\\slash\\012"), SourceEntry.File(" space "), SourceEntry.File("-dash"), SourceEntry.File("\"'*?[$`"), SourceEntry.File("\x01\x7f")),
        Shape("hard-links", SourceEntry.File("a.h", "shared"), SourceEntry.HardLink("z.h", "a.h"), SourceEntry.Directory("d"), SourceEntry.HardLink("d/" + new string('h', 120), "a.h"), SourceEntry.File("b.h", "shared")),
        Shape("symlinks", SourceEntry.Symlink("a", "b"), SourceEntry.Symlink("b", "../x"), SourceEntry.Symlink("c", "/abs"), SourceEntry.Directory("d"), SourceEntry.Symlink("d/e", "."), SourceEntry.Symlink("f", "d/")),
        Shape("sizes", [.. new[] { 0, 1, 511, 512, 513, 1023, 1024, 1025, 16_384, 16_385, 65_536, 100_001 }.Select(static n => SourceEntry.File($"{n}.h", Noise(n)))]),
        Shape("times", SourceEntry.File("z") with { Seconds = 0 }, SourceEntry.File("n") with { Seconds = -86_401 }, SourceEntry.File("f") with { Nanoseconds = 123_456_789 }, SourceEntry.File("far") with { Seconds = 1L << 33 }, SourceEntry.Directory("d") with { Seconds = 5, Nanoseconds = 500_000_000 }),
        Shape("holes", SourceEntry.File("a", Holes(0, 4096)), SourceEntry.File("b", Holes(8192, 20_480, 60_000)), SourceEntry.File("c", new byte[50_000]), SourceEntry.File("d", Holes([.. Enumerable.Range(0, 60).Select(static i => i * 12_288)]))),
    ];

    private static readonly (string Name, string Script)[] s_special =
    [
        ("gnu-incremental", """tar --listed-incremental=/dev/null -cf "$2" -C "$1/hard-links" ."""),
        ("gnu-incremental-pax", """tar --format=pax --listed-incremental=/dev/null -cf "$2" -C "$1/plain" ."""),
        ("gnu-label", """tar --label="a label" -cf "$2" -C "$1/plain" ."""),
        ("gnu-label-pax", """tar --format=pax --label="a label" -cf "$2" -C "$1/plain" ."""),
        ("gnu-multi-volume-1", """tar -cf "$2" -ML 60 -F "echo $2.next >&\$TAR_FD" -C "$1/volumes" . ; rm "$2.next" """),
        ("gnu-multi-volume-2", """tar -cf "$2.first" -ML 60 -F "echo $2 >&\$TAR_FD" -C "$1/volumes" . ; rm "$2.first" """),
        ("gnu-multi-volume-pax", """tar --format=pax -cf "$2.first" -ML 60 -F "echo $2 >&\$TAR_FD" -C "$1/volumes" . ; rm "$2.first" """),
        ("gnu-pax-option", """tar --format=pax --pax-option=globexthdr.name=g,comment=c0ffee,mtime:=@99 -cf "$2" -C "$1/plain" ."""),
        ("gnu-pax-delete", """tar --format=pax --pax-option=delete=mtime,delete=atime -cf "$2" -C "$1/times" ."""),
        ("gnu-append", """tar -cf "$2" -C "$1/plain" . && tar -rf "$2" -C "$1/times" ."""),
        ("gnu-concatenate", """tar -cf "$2" -C "$1/plain" . && tar -cf "$2.b" -C "$1/times" . && tar -Af "$2" "$2.b" && rm "$2.b" """),
        ("gnu-cat", """tar -cf - -C "$1/plain" . >"$2" && tar -cf - -C "$1/times" . >>"$2" """),
        ("gnu-owner", """tar --owner=a-very-long-name-of-an-owner-that-fits-nowhere:3000000000 --group=g:4000000000 -cf "$2" -C "$1/plain" ."""),
        ("gnu-no-dot", """cd "$1/prefix" && tar -cf "$2" *"""),
        ("gnu-blocking-1", """tar -b1 -cf "$2" -C "$1/plain" ."""),
        ("gnu-transform", """tar --transform='s,^\./,linux-headers/,' -cf "$2" -C "$1/hard-links" ."""),
        ("bsd-xattr-newline", Attributes("""{"SCHILY.xattr.user.x": "a\n12 path=evil\nb"}""", "")),
        ("bsd-acl", Attributes("""{"SCHILY.acl.access": "user::rw-,user:root:r--:0,group::r--,mask::r--,other::r--"}""", "")),
        ("bsd-mac-metadata", Attributes("""{"SCHILY.fflags": "uarch,nodump", "LIBARCHIVE.creationtime": "5.5"}""", "")),
        ("bsd-hdrcharset", """LC_ALL=C bsdtar --format=pax -cf "$2" -C "$1/not-utf8" ."""),
        ("bsd-restricted", """bsdtar -cf "$2" -C "$1/times" ."""),
        ("bsd-sparse", """bsdtar --format=pax --read-sparse -cf "$2" -C "$1/holes" ."""),
        ("python-xattr", Attributes("""{"SCHILY.xattr.user.x": "\n\0=", "RHT.security.selinux": "u:r:t\0"}""", null)),
    ];

    /// <summary>Names and scripts of all; a script packs a tree below "$1" into the file "$2".</summary>
    internal static IEnumerable<(string Name, string Script)> All =>
    [
        .. from program in TarProgram.All from shape in s_shapes select ($"write-{program.Name}-{shape.Name}", Below(program.Script, shape.Name)),
        .. s_special.Select(static s => ($"write-{s.Name}", s.Script)),
    ];

    /// <summary>Makes the trees below <paramref name="sources"/> and writes a tar of each into <paramref name="tars"/>.</summary>
    internal static void Write(string sources, string tars)
    {
        // One that does not fit into a volume of 60 KiB, with small files on both sides.
        new SourceTree([.. Enumerable.Range(0, 60).Select(static n => SourceEntry.File($"{n}.h", Noise(1700)))]).Make($"{sources}/volumes");
        foreach ((string name, SourceTree tree) in s_shapes)
        {
            tree.Make($"{sources}/{name}");
        }

        // A format that cannot say all of a tree leaves a part out and says so: what is left is compared.
        var script = new StringBuilder();
        foreach ((string name, string line) in All)
        {
            script.Append("(\nset -- '").Append(sources).Append("' '").Append(tars).Append('/').Append(name).Append(".tar'\n")
                .Append(line).Append("\n) 2>/dev/null\n");
        }

        ToolRun.Of("bash", [], RawTar.Latin1(script.Append("true\n").ToString()));
    }

    private static string Below(string script, string shape) => $"set -- \"$1/{shape}\" \"$2\"\n{script}";

    /// <summary>Python writes PAX records, bsdtar reads the archive and writes what it makes of them.</summary>
    private static string Attributes(string records, string? through) => $"""
        /usr/bin/python3 -I -S -c 'import sys, tarfile, io
        with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as tar:
            for name in "a.h", "b.h":
                member = tarfile.TarInfo(name)
                member.size, member.mtime, member.pax_headers = 3, 5, {records}
                tar.addfile(member, io.BytesIO(b"abc"))' "$2{(through is null ? "" : ".in")}"
        {(through is null ? "" : """bsdtar --format=pax --xattrs --acls -cf "$2" "@$2.in"; rm "$2.in" """)}
        """;

    private static (string Name, SourceTree Tree) Shape(string name, params SourceEntry[] entries) =>
        (name, new SourceTree([.. entries, SourceEntry.File("kconfig.h")]));

    private static SourceEntry[] Chain(int levels, string name)
    {
        string[] paths = [.. Enumerable.Range(1, levels).Select(n => string.Join('/', Enumerable.Repeat(name, n)))];
        return [.. paths.SelectMany(static path => new[] { SourceEntry.Directory(path), SourceEntry.File(path + "/a.h", path) })];
    }

    private static byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        new Random(length).NextBytes(noise);
        return noise;
    }

    /// <summary>700 bytes of data at each place and holes between them.</summary>
    private static byte[] Holes(params int[] places)
    {
        byte[] content = new byte[places.Max() + 8192];
        foreach (int place in places)
        {
            Noise(700).CopyTo(content, place);
        }

        return content;
    }
}
