using System.Globalization;
using System.Text;

namespace KHeadersFs.Archive.Tests;

/// <summary>
/// A member whose header is written field by field, so that each may hold anything. Text is Latin-1: a char stands for a byte.
/// Fields are those of POSIX ustar, at its offsets; a field that is too long runs into the next one, as writers have done.
/// </summary>
internal sealed record RawMember
{
    internal const int BlockSize = 512;

    internal string Name { get; init; } = "";

    internal string Mode { get; init; } = "0000644";

    internal string Uid { get; init; } = "0000000";

    internal string Gid { get; init; } = "0000000";

    /// <summary>The size field; null for the length of <see cref="Body"/>.</summary>
    internal string? Size { get; init; }

    internal string Time { get; init; } = RawTar.Octal(RawTar.Time, 11);

    /// <summary>The checksum field; null for the right one.</summary>
    internal string? Checksum { get; init; }

    /// <summary>The checksum counts bytes as signed, as old tars of some machines did.</summary>
    internal bool SignedChecksum { get; init; }

    internal char Type { get; init; } = '0';

    internal string LinkName { get; init; } = "";

    /// <summary>Magic and version, eight bytes; empty for V7.</summary>
    internal string Magic { get; init; } = RawTar.Ustar;

    internal string Prefix { get; init; } = "";

    /// <summary>What is written over the fields, such as those of another format than ustar.</summary>
    internal (int Offset, string Text)[] Patches { get; init; } = [];

    internal byte[] Body { get; init; } = [];

    /// <summary>Whether the body is filled up to whole blocks.</summary>
    internal bool Padded { get; init; } = true;

    internal byte[] ToBytes()
    {
        byte[] header = new byte[BlockSize];
        Put(header, 0, Name);
        Put(header, 100, Mode);
        Put(header, 108, Uid);
        Put(header, 116, Gid);
        Put(header, 124, Size ?? RawTar.Octal(Body.Length, 11));
        Put(header, 136, Time);
        Put(header, 156, Type.ToString());
        Put(header, 157, LinkName);
        Put(header, 257, Magic);
        Put(header, 345, Prefix);
        foreach ((int offset, string text) in Patches)
        {
            Put(header, offset, text);
        }

        Put(header, 148, "        ");
        int sum = header.Sum(b => SignedChecksum ? (sbyte)b : b);
        Put(header, 148, Checksum ?? string.Create(CultureInfo.InvariantCulture, $"{RawTar.Octal(sum, 6)}\0 "));
        int padding = Padded ? -Body.Length & (BlockSize - 1) : 0;
        return [.. header, .. Body, .. new byte[padding]];
    }

    private static void Put(byte[] header, int offset, string text) => Encoding.Latin1.GetBytes(text).CopyTo(header, offset);
}
