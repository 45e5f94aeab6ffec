using System.Buffers.Binary;
using System.Text;

namespace KHeadersFs.Mount.Tests;

/// <summary>An object file of 64 bits, little endian (elf(5)), as far as a loader of one program looks.</summary>
internal sealed class BpfObject
{
    /// <summary>e_machine of BPF.</summary>
    internal const int EM_BPF = 247;

    private const int HeaderSize = 64;

    private readonly byte[] _bytes;
    private readonly Dictionary<string, Range> _sections = new(StringComparer.Ordinal);

    internal BpfObject(byte[] bytes)
    {
        Assert.True(bytes.Length > HeaderSize && bytes.AsSpan().StartsWith("\u007fELF\u0002\u0001"u8), "no ELF file of 64 bits, little endian");
        _bytes = bytes;
        int table = (int)Number(40, 8);
        int size = (int)Number(58, 2);
        int names = (int)Number(table + ((int)Number(62, 2) * size) + 24, 8);
        for (int index = 0; index < (int)Number(60, 2); index++)
        {
            int header = table + (index * size);
            ReadOnlySpan<byte> name = bytes.AsSpan(names + (int)Number(header, 4));
            int offset = (int)Number(header + 24, 8);
            _sections[Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)])] = offset..(offset + (int)Number(header + 32, 8));
        }
    }

    internal int Machine => (int)Number(18, 2);

    /// <summary>The bytes of a section; empty where there is none.</summary>
    internal ReadOnlySpan<byte> Section(string name) => _sections.TryGetValue(name, out Range range) ? _bytes.AsSpan(range) : [];

    private ulong Number(int offset, int size) => size switch
    {
        2 => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset)),
        4 => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset)),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(offset)),
    };
}
