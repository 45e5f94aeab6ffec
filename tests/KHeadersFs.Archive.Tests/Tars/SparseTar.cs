using System.Globalization;

namespace KHeadersFs.Archive.Tests;

/// <summary>Sparse members in each form that GNU tar writes (its manual, "Storing Sparse Files"), with maps that may be wrong.</summary>
internal static class SparseTar
{
    internal const int SegmentsInHeader = 4;
    internal const int SegmentsInBlock = 21;

    /// <summary>Old GNU: the map in the header and in blocks behind it.</summary>
    internal static byte[] Old(string name, long size, (long Offset, long Length)[] map, byte[] data, int segmentsPerBlock = SegmentsInBlock)
    {
        (int, string)[] patches =
        [
            .. map.Take(SegmentsInHeader).SelectMany(static (s, i) => Segment(s, 386 + (24 * i))),
            (482, map.Length > SegmentsInHeader ? "\x01" : "\0"),
            (483, Number(size)),
        ];
        byte[] header = new RawMember { Name = name, Type = 'S', Magic = RawTar.OldGnu, Patches = patches, Body = data }.ToBytes();
        (long, long)[][] chunks = [.. map.Skip(SegmentsInHeader).Chunk(segmentsPerBlock)];
        IEnumerable<byte> blocks = chunks.SelectMany((chunk, i) => Block(chunk, last: i == chunks.Length - 1));
        return [.. header[..RawMember.BlockSize], .. blocks, .. header[RawMember.BlockSize..]];
    }

    /// <summary>PAX 0.0: a record for each number.</summary>
    internal static byte[] Pax00(string name, long size, (long Offset, long Length)[] map, byte[] data) =>
    [
        .. RawTar.Pax('x',
        [
            ("GNU.sparse.size", Decimal(size)), ("GNU.sparse.numblocks", Decimal(map.Length)),
            .. map.SelectMany(static s => new[] { ("GNU.sparse.offset", Decimal(s.Offset)), ("GNU.sparse.numbytes", Decimal(s.Length)) }),
        ]),
        .. new RawMember { Name = name, Body = data }.ToBytes(),
    ];

    /// <summary>PAX 0.1: the map as one record.</summary>
    internal static byte[] Pax01(string name, long size, (long Offset, long Length)[] map, byte[] data) =>
    [
        .. RawTar.Pax(
            'x', ("GNU.sparse.size", Decimal(size)), ("GNU.sparse.numblocks", Decimal(map.Length)), ("GNU.sparse.name", name),
            ("GNU.sparse.map", string.Join(',', map.Select(static s => $"{Decimal(s.Offset)},{Decimal(s.Length)}")))),
        .. new RawMember { Name = "GNUSparseFile.1/" + name[..Math.Min(name.Length, 40)], Body = data }.ToBytes(),
    ];

    /// <summary>PAX 1.0: the map in front of the data.</summary>
    internal static byte[] Pax10(string name, long size, (long Offset, long Length)[] map, byte[] data) =>
        Pax10(name, size, string.Concat([Decimal(map.Length) + "\n", .. map.Select(static s => $"{Decimal(s.Offset)}\n{Decimal(s.Length)}\n")]), data);

    /// <summary>PAX 1.0 with a map of any text, filled up to whole blocks.</summary>
    internal static byte[] Pax10(string name, long size, string map, byte[] data) =>
    [
        .. RawTar.Pax(
            'x', ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", name), ("GNU.sparse.realsize", Decimal(size))),
        .. new RawMember
        {
            Name = "GNUSparseFile.1/" + name[..Math.Min(name.Length, 40)],
            Body = [.. RawTar.Latin1(map), .. new byte[-map.Length & (RawMember.BlockSize - 1)], .. data],
        }.ToBytes(),
    ];

    private static byte[] Block((long Offset, long Length)[] map, bool last)
    {
        byte[] block = new byte[RawMember.BlockSize];
        foreach ((int offset, string text) in map.SelectMany(static (s, i) => Segment(s, 24 * i)))
        {
            RawTar.Latin1(text).CopyTo(block, offset);
        }

        block[504] = (byte)(last ? 0 : 1);
        return block;
    }

    private static (int Offset, string Text)[] Segment((long Offset, long Length) segment, int offset) =>
        [(offset, Number(segment.Offset)), (offset + 12, Number(segment.Length))];

    private static string Number(long value) => value is >= 0 and < 1L << 33 ? RawTar.Octal(value, 11) + "\0" : RawTar.Base256(value, 12);

    private static string Decimal(long value) => value.ToString(CultureInfo.InvariantCulture);
}
