namespace KHeadersFs.Archive.Tests;

/// <summary>Numeric fields: octal as writers fill them, base 256, what is no number; and checksums.</summary>
internal static class NumberCases
{
    private static readonly RawMember File = new() { Name = "n.h", Body = "body"u8.ToArray() };

    internal static IEnumerable<TarCase> All =>
    [
        Field("size-spaces", static m => m with { Size = "         4 " }),
        Field("size-no-zeros", static m => m with { Size = "4" }),
        Field("size-trailing-space", static m => m with { Size = "00000000004 " }),
        Field("size-12-digits", static m => m with { Size = "000000000004" }),
        Field("size-base256", static m => m with { Size = RawTar.Base256(4, 12) }),
        Field("size-base256-negative", static m => m with { Size = RawTar.Base256(-4, 12) }),
        Field("size-base256-huge", static m => m with { Size = RawTar.Base256((Int128)1 << 80, 12) }),
        Field("size-blank", static m => m with { Size = new string(' ', 12), Body = [] }),
        Field("size-nul", static m => m with { Size = new string('\0', 12), Body = [] }),
        Field("size-not-a-number", static m => m with { Size = "0000000000x" }),
        Field("size-digit-8", static m => m with { Size = "00000000008" }),
        Field("size-minus", static m => m with { Size = "-0000000004" }),
        Field("size-base64", static m => m with { Size = "+AAAAAAAAAE" }),
        Field("time-base256", static m => m with { Time = RawTar.Base256(RawTar.Time, 12) }),
        Field("time-base256-negative", static m => m with { Time = RawTar.Base256(-5, 12) }),
        Field("time-base256-year-10000", static m => m with { Time = RawTar.Base256(253402300800, 12) }),
        Field("time-base256-beyond", static m => m with { Time = RawTar.Base256((Int128)1 << 90, 12) }),
        Field("time-base256-far-negative", static m => m with { Time = RawTar.Base256(-((Int128)1 << 90), 12) }),
        Field("time-12-digits", static m => m with { Time = "777777777777" }),
        Field("time-blank", static m => m with { Time = new string(' ', 12) }),
        Field("time-nul", static m => m with { Time = new string('\0', 12) }),
        Field("time-not-a-number", static m => m with { Time = "yesterday" }),
        Field("time-negative-octal", static m => m with { Time = "-0000000005" }),
        Field("time-twos-complement", static m => m with { Time = "37777777773" }),
        Field("time-base64", static m => m with { Time = "-AAAAAAAAAF" }),
        Field("mode-blank", static m => m with { Mode = "        " }),
        Field("mode-nul", static m => m with { Mode = "" }),
        Field("mode-not-a-number", static m => m with { Mode = "rwxr-xr" }),
        Field("mode-with-type", static m => m with { Mode = "0100755" }),
        Field("mode-negative", static m => m with { Mode = RawTar.Base256(-1, 8) }),
        Field("mode-huge", static m => m with { Mode = "77777777" }),
        Field("uid-base256", static m => m with { Uid = RawTar.Base256(3_000_000_000, 8), Gid = RawTar.Base256(-2, 8) }),
        Field("uid-blank", static m => m with { Uid = "        ", Gid = "" }),
        Field("uid-not-a-number", static m => m with { Uid = "nobody", Gid = "\xff\xff" }),
        Field("uid-octal-large", static m => m with { Uid = "77777777", Gid = "77777777" }),
        Field("device-on-file", static m => m with { Patches = [(329, "garbage!"), (337, "\xff\xff\xff\xff")] }),
        Field("checksum-signed", static m => m with { Name = "caf\xe9\xff.h", SignedChecksum = true }),
        Field("checksum-spaces", static m => m with { Checksum = Sum(m, "      ", 6) }),
        Field("checksum-no-nul", static m => m with { Checksum = Sum(m, "0", 8) }),
        Field("checksum-seven-digits", static m => m with { Checksum = Sum(m, "0", 7) + "\0" }),
        Field("checksum-base256", static m => m with { Checksum = RawTar.Base256(SumOf(m), 8) }),
        Field("checksum-wrong", static m => m with { Checksum = "0000001\0" }),
        Field("checksum-zero", static m => m with { Checksum = "0000000\0" }),
        Field("checksum-blank", static m => m with { Checksum = "        " }),
        Field("checksum-nul", static m => m with { Checksum = "\0\0\0\0\0\0\0\0" }),
        Field("checksum-not-a-number", static m => m with { Checksum = "checksum" }),
        TarCase.Exactly("checksum-wrong-first", (File with { Checksum = "0000001\0" }).ToBytes(), RawTar.File("last.h"), RawTar.End),
        TarCase.Of("checksum-wrong-of-x", (new RawMember { Name = "pax", Type = 'x', Body = "12 path=p.h\n"u8.ToArray(), Checksum = "0000001\0" }).ToBytes(), File.ToBytes()),
        Field("magic-v7", static m => m with { Magic = "" }),
        Field("magic-old-gnu", static m => m with { Magic = RawTar.OldGnu }),
        Field("magic-noise", static m => m with { Magic = "\xff\xfe?GARB" }),
        Field("magic-ustar-space", static m => m with { Magic = "ustar 00" }),
        Field("magic-tar-only", static m => m with { Magic = "ustar\0" }),
        Field("gnu-noise-fields", static m => m with { Magic = RawTar.OldGnu, Patches = [(345, "atime of old"), (369, "offset"), (483, "realsize")] }),
        Field("uname-not-utf8", static m => m with { Patches = [(265, "caf\xe9"), (297, "\xff")] }),
    ];

    private static TarCase Field(string name, Func<RawMember, RawMember> change) => TarCase.Of($"number-{name}", change(File).ToBytes());

    private static int SumOf(RawMember member)
    {
        byte[] header = member.ToBytes()[..RawMember.BlockSize];
        header.AsSpan(148, 8).Fill((byte)' ');
        return header.Sum(static b => b);
    }

    private static string Sum(RawMember member, string fill, int width) =>
        Convert.ToString(SumOf(member), 8).PadLeft(width, fill[0]);
}
