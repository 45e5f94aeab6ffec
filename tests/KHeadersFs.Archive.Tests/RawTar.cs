using System.Globalization;
using System.Text;

namespace KHeadersFs.Archive.Tests;

/// <summary>Members written byte by byte (POSIX ustar and pax), for what TarWriter does not write.</summary>
internal static class RawTar
{
    /// <summary>mtime of every header, seconds since 1970.</summary>
    internal const long Time = 1_600_000_000;

    internal static byte[] File(string name, string body) => Member('0', name, Encoding.UTF8.GetBytes(body));

    /// <summary>An extended header: type 'x' for the next member, 'g' for all that follow.</summary>
    internal static byte[] Pax(char type, params (string Key, string Value)[] records) =>
        Member(type, "pax", [.. records.SelectMany(static r => Record(r.Key, r.Value))]);

    private static byte[] Record(string key, string value)
    {
        // "LENGTH KEY=VALUE\n", the length counting its own digits.
        string rest = $" {key}={value}\n";
        int size = Encoding.UTF8.GetByteCount(rest);
        int length = size + 1;
        while (length != size + length.ToString(CultureInfo.InvariantCulture).Length)
        {
            length++;
        }

        return Encoding.UTF8.GetBytes(length.ToString(CultureInfo.InvariantCulture) + rest);
    }

    private static byte[] Member(char type, string name, byte[] body)
    {
        byte[] member = new byte[512 + ((body.Length + 511) & ~511)];
        Put(member, 0, name);
        Put(member, 100, "0000644");
        Put(member, 108, "0000000");
        Put(member, 116, "0000000");
        Put(member, 124, Convert.ToString(body.Length, 8).PadLeft(11, '0'));
        Put(member, 136, Convert.ToString(Time, 8).PadLeft(11, '0'));
        Put(member, 148, "        ");
        Put(member, 156, type.ToString());
        Put(member, 257, "ustar\0" + "00");
        Put(member, 148, Convert.ToString(member.Take(512).Sum(static b => b), 8).PadLeft(6, '0') + "\0 ");
        body.CopyTo(member, 512);
        return member;
    }

    private static void Put(byte[] member, int offset, string text) => Encoding.ASCII.GetBytes(text).CopyTo(member, offset);
}
