using System.Globalization;
using System.Text;
using KHeadersFs.Archive.Tests;

namespace KHeadersFs.Mount.Tests;

/// <summary>Writes members that differ in their names alone, a million in a second.</summary>
internal sealed class MemberStamp
{
    private const int NameLength = 100;

    private readonly byte[] _member;
    private readonly int _sum;

    /// <param name="member">All but the name.</param>
    internal MemberStamp(RawMember member)
    {
        _member = (member with { Name = "" }).ToBytes();
        _sum = _member.AsSpan(0, RawMember.BlockSize).ToArray().Sum(static b => b) - _member.AsSpan(148, 8).ToArray().Sum(static b => b) + (8 * ' ');
    }

    internal void Write(Stream tar, string name)
    {
        Span<byte> field = _member.AsSpan(0, NameLength);
        field.Clear();
        Encoding.Latin1.GetBytes(name, field);
        int sum = _sum;
        foreach (byte b in field)
        {
            sum += b;
        }

        Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{RawTar.Octal(sum, 6)}\0 "), _member.AsSpan(148));
        tar.Write(_member);
    }
}
