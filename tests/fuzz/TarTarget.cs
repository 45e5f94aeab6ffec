namespace KHeadersFs.Fuzz;

/// <summary>Tars whose headers have been changed, with checksums that are right again most of the time.</summary>
internal sealed class TarTarget : Target
{
    private const int Block = 512;

    /// <summary>Fields of a header (tar(5)): where they are, and how long.</summary>
    private static readonly (int Start, int Length)[] s_fields =
    [
        (0, 100), (100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (156, 1), (157, 100), (257, 6), (263, 2), (265, 32), (329, 8), (345, 155),
        (386, 96), (482, 1), (483, 12),
    ];

    private static readonly byte[] s_types = [.. "01234567LKxgXSVMNDAI"u8, 0];

    internal override string Name => "tar";

    internal override bool Run(Random random)
    {
        byte[] tar = Inputs.Tar(random);
        for (int changes = random.Next(5); changes > 0; changes--)
        {
            int header = random.Next(tar.Length / Block) * Block;
            Change(random, tar.AsSpan(header, Block));
            if (random.Next(20) != 0)
            {
                FixChecksum(tar.AsSpan(header, Block));
            }
        }

        if (random.Next(10) == 0)
        {
            tar = tar[..random.Next(tar.Length)];
        }

        return Inputs.TryServe(tar, uapi: random.Next(4) == 0);
    }

    internal override IEnumerable<byte[]> Seeds() => Enumerable.Range(0, 12).Select(static i => Inputs.Tar(new Random(i))).Where(static t => t.Length < 40_000);

    /// <summary>A header is what says "ustar".</summary>
    internal override void Read(byte[] input)
    {
        for (int start = 0; start + Block <= input.Length; start += Block)
        {
            Span<byte> header = input.AsSpan(start, Block);
            if (header[257..].StartsWith("ustar"u8))
            {
                FixChecksum(header);
            }
        }

        _ = Inputs.TryServe(input);
    }

    private static void Change(Random random, Span<byte> header)
    {
        (int start, int length) = s_fields[random.Next(s_fields.Length)];
        Span<byte> field = header.Slice(start, length);
        switch (random.Next(6))
        {
            case 0:
                field[random.Next(length)] = (byte)random.Next(256);
                break;
            case 1: // a number in base 256
                random.NextBytes(field);
                field[0] = (byte)(random.Next(2) == 0 ? 0x80 : 0xFF);
                break;
            case 2:
                field.Fill((byte)"07 9/."[random.Next(6)]);
                break;
            case 3:
                header[156] = s_types[random.Next(s_types.Length)];
                break;
            case 4: // the record of an extended header may be in there
                "17 size=99999999\n12 path=../\n30 GNU.sparse.map=0,9,99,9999\n"u8[..Math.Min(length, 59)].CopyTo(field);
                break;
            default:
                random.NextBytes(field);
                break;
        }
    }

    private static void FixChecksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
        {
            sum += value;
        }

        string digits = Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ";
        for (int i = 0; i < 8; i++)
        {
            header[148 + i] = (byte)digits[i];
        }
    }
}
