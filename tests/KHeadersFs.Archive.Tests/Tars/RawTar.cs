using System.Globalization;
using System.Text;

namespace KHeadersFs.Archive.Tests;

/// <summary>Tars written byte by byte, for what no tar program writes. Text is Latin-1: a char stands for a byte.</summary>
internal static class RawTar
{
    /// <summary>mtime of every header, seconds since 1970.</summary>
    internal const long Time = 1_600_000_000;

    internal const string Ustar = "ustar\0" + "00";

    internal const string OldGnu = "ustar  \0";

    /// <summary>Two blocks of zeros.</summary>
    internal static byte[] End => new byte[2 * RawMember.BlockSize];

    internal static byte[] File(string name, string body = "x") => new RawMember { Name = name, Body = Latin1(body) }.ToBytes();

    internal static byte[] Directory(string name) => new RawMember { Name = name, Type = '5', Mode = "0000755" }.ToBytes();

    internal static byte[] Symlink(string name, string target) => new RawMember { Name = name, Type = '2', LinkName = target }.ToBytes();

    internal static byte[] HardLink(string name, string target) => new RawMember { Name = name, Type = '1', LinkName = target }.ToBytes();

    /// <summary>An extended header: type 'x' for the next member, 'g' for all that follow, 'X' as Solaris writes 'x'.</summary>
    internal static byte[] Pax(char type, params (string Key, string Value)[] records) =>
        Pax(type, string.Concat(records.Select(static r => Record(r.Key, r.Value))));

    /// <summary>An extended header of any bytes.</summary>
    internal static byte[] Pax(char type, string records) =>
        new RawMember { Name = "pax", Type = type, Body = Latin1(records) }.ToBytes();

    /// <summary>GNU's long name ('L') or long link ('K') for the next member.</summary>
    internal static byte[] Long(char type, string name) =>
        new RawMember { Name = "././@LongLink", Type = type, Magic = OldGnu, Body = Latin1(name + "\0") }.ToBytes();

    /// <summary>"LENGTH KEY=VALUE\n", the length counting its own digits.</summary>
    internal static string Record(string key, string value)
    {
        string rest = $" {key}={value}\n";
        int length = rest.Length + 1;
        while (length != rest.Length + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length++;
        }

        return length.ToString(CultureInfo.InvariantCulture) + rest;
    }

    /// <summary>Digits of base 8 with leading zeros.</summary>
    internal static string Octal(long value, int width) => Convert.ToString(value, 8).PadLeft(width, '0');

    /// <summary>GNU's form of what octal digits cannot say: two's complement, the top bit set.</summary>
    internal static string Base256(Int128 value, int width)
    {
        char[] bytes = new char[width];
        for (int i = width - 1; i >= 0; i--, value >>= 8)
        {
            bytes[i] = (char)(byte)value;
        }

        bytes[0] |= (char)0x80;
        return new string(bytes);
    }

    /// <summary>Text as the bytes of its UTF-8, each a char.</summary>
    internal static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    internal static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);
}
