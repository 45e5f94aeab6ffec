namespace KHeadersFs.Archive.Tests;

/// <summary>PAX records: 'x' of one member, 'g' of all that follow, Solaris 'X'.</summary>
internal static class PaxCases
{
    private static readonly byte[] Short = RawTar.File("short", "body");
    private static readonly byte[] Again = RawTar.File("again", "body");
    private static readonly byte[] Link = RawTar.Symlink("l", "own");

    internal static IEnumerable<TarCase> All => [.. Values, .. Malformed, .. Global];

    private static IEnumerable<TarCase> Values =>
    [
        TarCase.Of("pax-path", RawTar.Pax('x', ("path", "p.h")), Short, Again),
        TarCase.Of("pax-X-solaris", RawTar.Pax('X', ("path", "p.h")), Short, Again),
        TarCase.Of("pax-linkpath", RawTar.Pax('x', ("linkpath", "t")), Link, RawTar.Symlink("m", "own")),
        TarCase.Of("pax-linkpath-hard", RawTar.Pax('x', ("linkpath", "first.h")), RawTar.HardLink("h", "none")),
        TarCase.Of("pax-path-empty", RawTar.Pax('x', ("path", "")), Short),
        TarCase.Of("pax-linkpath-empty", RawTar.Pax('x', ("linkpath", "")), Link),
        TarCase.Of("pax-mtime-empty", RawTar.Pax('x', ("mtime", "")), Short),
        TarCase.Of("pax-size-empty", RawTar.Pax('x', ("size", "")), Short),
        TarCase.Of("pax-size", RawTar.Pax('x', ("size", "4")), new RawMember { Name = "s.h", Size = RawTar.Octal(0, 11), Body = "body"u8.ToArray() }.ToBytes()),
        TarCase.Of("pax-size-smaller", RawTar.Pax('x', ("size", "2")), Short),
        TarCase.Of("pax-size-of-directory", RawTar.Pax('x', ("size", "512")), RawTar.Directory("d/"), RawTar.File("d/a.h")),
        TarCase.Of("pax-size-not-a-number", RawTar.Pax('x', ("size", "4x")), Short),
        TarCase.Of("pax-size-negative", RawTar.Pax('x', ("size", "-1")), Short),
        TarCase.Of("pax-size-beyond", RawTar.Pax('x', ("size", "99999999999999999999")), Short),
        TarCase.Of("pax-mtime", RawTar.Pax('x', ("mtime", "12.123456789123")), Short, RawTar.Pax('x', ("mtime", "12")), Again),
        TarCase.Of("pax-mtime-negative", RawTar.Pax('x', ("mtime", "-1.25")), Short, RawTar.Pax('x', ("mtime", "-2")), Again),
        TarCase.Of("pax-mtime-year-10000", RawTar.Pax('x', ("mtime", "253402300800")), Short),
        TarCase.Of("pax-mtime-not-a-number", RawTar.Pax('x', ("mtime", "now")), Short),
        TarCase.Of("pax-mtime-trailing", RawTar.Pax('x', ("mtime", "12.5x")), Short),
        TarCase.Of("pax-mtime-fraction-only", RawTar.Pax('x', ("mtime", ".5")), Short),
        TarCase.Of("pax-mtime-dot", RawTar.Pax('x', ("mtime", "5.")), Short),
        TarCase.Of("pax-mtime-plus", RawTar.Pax('x', ("mtime", "+5")), Short),
        TarCase.Of("pax-mtime-beyond", RawTar.Pax('x', ("mtime", "99999999999999999999")), Short),
        TarCase.Of("pax-mtime-far-negative", RawTar.Pax('x', ("mtime", "-99999999999999999999")), Short),
        TarCase.Of("pax-owner", RawTar.Pax('x', ("uid", "99999999999"), ("gid", "x"), ("uname", "\xff"), ("gname", "")), Short),
        TarCase.Of("pax-other-times", RawTar.Pax('x', ("atime", "x"), ("ctime", "1.5")), Short),
        TarCase.Of("pax-unknown-key", RawTar.Pax('x', ("KHEADERSFS.x", "y"), ("", "empty key"), ("path", "p.h")), Short),
        TarCase.Of("pax-xattr-newline", RawTar.Pax('x', ("SCHILY.xattr.user.x", "a\n12 path=evil\nb"), ("path", "p.h")), Short),
        TarCase.Of("pax-xattr-binary", RawTar.Pax('x', ("SCHILY.xattr.user.x", "\0\xff=\n"), ("LIBARCHIVE.xattr.user.x", "AP89Cg"), ("path", "p.h")), Short),
        TarCase.Of("pax-acl", RawTar.Pax('x', ("SCHILY.acl.access", "user::rw-\nuser:0:r--\n"), ("RHT.security.selinux", "u:r:t\0")), Short),
        TarCase.Of("pax-path-newline", RawTar.Pax('x', ("path", "a\nb.h")), Short),
        TarCase.Of("pax-path-equals", RawTar.Pax('x', ("path", "a=b=.h")), Short),
        TarCase.Of("pax-duplicate-key", RawTar.Pax('x', ("path", "one.h"), ("mtime", "1"), ("path", "two.h"), ("mtime", "2.5")), Short),
        TarCase.Of("pax-x-x", RawTar.Pax('x', ("path", "one.h"), ("mtime", "1")), RawTar.Pax('x', ("path", "two.h")), Short),
        TarCase.Of("pax-x-X", RawTar.Pax('x', ("path", "one.h")), RawTar.Pax('X', ("mtime", "7")), Short),
        TarCase.Of("pax-x-L", RawTar.Pax('x', ("path", "x.h")), RawTar.Long('L', "L.h"), Short),
        TarCase.Of("pax-L-x", RawTar.Long('L', "L.h"), RawTar.Pax('x', ("path", "x.h")), Short),
        TarCase.Of("pax-L-x-mtime", RawTar.Long('L', "L.h"), RawTar.Pax('x', ("mtime", "5")), Short, Again),
        TarCase.Of("pax-x-mtime-L", RawTar.Pax('x', ("mtime", "5")), RawTar.Long('L', "L.h"), Short, Again),
        TarCase.Of("pax-x-K", RawTar.Pax('x', ("linkpath", "x")), RawTar.Long('K', "K"), Link),
        TarCase.Of("pax-K-x", RawTar.Long('K', "K"), RawTar.Pax('x', ("linkpath", "x")), Link),
        TarCase.Of("pax-x-g", RawTar.Pax('x', ("path", "x.h")), RawTar.Pax('g', ("mtime", "5")), Short, Again),
        TarCase.Of("pax-L-g", RawTar.Long('L', "L.h"), RawTar.Pax('g', ("mtime", "5")), Short, Again),
        TarCase.Of("pax-x-for-V", RawTar.Pax('x', ("path", "x.h")), new RawMember { Name = "label", Type = 'V' }.ToBytes(), Short),
        TarCase.Of("pax-x-for-fifo", RawTar.Pax('x', ("path", "fifo")), new RawMember { Name = "short", Type = '6' }.ToBytes(), Short),
        TarCase.Of("pax-long-1000-records", RawTar.Pax('x', [.. Enumerable.Range(0, 1000).Select(static i => ("path", $"p{i}.h"))]), Short),
        TarCase.Of("pax-header-name-long", RawTar.Long('L', "pax/name"), RawTar.Pax('x', ("mtime", "5")), Short),
    ];

    private static IEnumerable<TarCase> Malformed =>
    [
        TarCase.Of("pax-empty", RawTar.Pax('x', ""), Short),
        TarCase.Of("pax-trailing-zeros", RawTar.Pax('x', RawTar.Record("path", "p.h") + new string('\0', 20)), Short),
        TarCase.Of("pax-leading-space", RawTar.Pax('x', "  11 path=p\n"), Short),
        TarCase.Of("pax-length-zero-padded", RawTar.Pax('x', "0012 path=p\n"), Short),
        TarCase.Of("pax-length-tabs", RawTar.Pax('x', "10\tpath=p\n"), Short),
        TarCase.Of("pax-length-too-small", RawTar.Pax('x', "9 path=p.h\n"), Short),
        TarCase.Of("pax-length-too-large", RawTar.Pax('x', "99 path=p.h\n"), Short),
        TarCase.Of("pax-length-zero", RawTar.Pax('x', "0 path=p.h\n"), Short),
        TarCase.Of("pax-length-negative", RawTar.Pax('x', "-12 path=p.h\n"), Short),
        TarCase.Of("pax-length-overflow", RawTar.Pax('x', "99999999999999999999 path=p.h\n"), Short),
        TarCase.Of("pax-length-missing", RawTar.Pax('x', "path=p.h\n"), Short),
        TarCase.Of("pax-no-equals", RawTar.Pax('x', "9 path.h\n"), Short),
        TarCase.Of("pax-no-newline", RawTar.Pax('x', "12 path=p.hX"), Short),
        TarCase.Of("pax-no-newline-at-end", RawTar.Pax('x', "11 path=p.h"), Short),
        TarCase.Of("pax-noise", RawTar.Pax('x', new string('\xa5', 700)), Short),
        TarCase.Of("pax-second-record-bad", RawTar.Pax('x', RawTar.Record("path", "p.h") + "bad\n"), Short),
        TarCase.Exactly("pax-x-at-end", RawTar.File("first.h"), RawTar.Pax('x', ("path", "p.h")), RawTar.End),
        TarCase.Exactly("pax-L-at-end", RawTar.File("first.h"), RawTar.Long('L', "p.h"), RawTar.End),
        TarCase.Exactly("pax-g-at-end", RawTar.File("first.h"), RawTar.Pax('g', ("mtime", "5")), RawTar.End),
        TarCase.Exactly("pax-x-ends-early", RawTar.File("first.h"), RawTar.Pax('x', ("path", new string('p', 2000)))[..1024]),
        TarCase.Exactly("pax-L-ends-early", RawTar.File("first.h"), RawTar.Long('L', new string('p', 2000))[..1024]),
    ];

    private static IEnumerable<TarCase> Global =>
    [
        TarCase.Of("pax-g-mtime", RawTar.Pax('g', ("mtime", "5.5")), Short, RawTar.Pax('x', ("mtime", "7")), Again),
        TarCase.Of("pax-g-path", RawTar.Pax('g', ("path", "g.h")), Short),
        TarCase.Of("pax-g-linkpath", RawTar.Pax('g', ("linkpath", "gt")), Link),
        TarCase.Of("pax-g-size", RawTar.Pax('g', ("size", "1")), RawTar.File("s.h")),
        TarCase.Of("pax-g-replaced", RawTar.Pax('g', ("mtime", "5")), Short, RawTar.Pax('g', ("comment", "c0ffee")), Again),
        TarCase.Of("pax-g-mtime-empty", RawTar.Pax('g', ("mtime", "5")), Short, RawTar.Pax('g', ("mtime", "")), Again),
        TarCase.Of("pax-g-x-empty", RawTar.Pax('g', ("mtime", "5")), RawTar.Pax('x', ("mtime", "")), Short),
        TarCase.Of("pax-g-comment", RawTar.Pax('g', ("comment", "0123456789abcdef0123456789abcdef01234567")), Short),
        TarCase.Of("pax-g-g", RawTar.Pax('g', ("mtime", "5")), RawTar.Pax('g', ("mtime", "6")), Short),
        TarCase.Of("pax-g-malformed", RawTar.Pax('g', "bad\n"), Short),
        TarCase.Of("pax-g-L", RawTar.Pax('g', ("path", "g.h")), RawTar.Long('L', "L.h"), Short),
        TarCase.Of("pax-g-sparse", RawTar.Pax('g', ("GNU.sparse.size", "10")), Short),
        TarCase.Exactly("pax-g-first", RawTar.Pax('g', ("mtime", "5")), RawTar.File("first.h"), RawTar.End),
    ];
}
