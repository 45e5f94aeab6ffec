using System.Buffers.Binary;

namespace KHeadersFs.Archive.Elf;

/// <summary>
/// Finds by name what an ELF file holds (elf(5)). The files are those of 64-bit little-endian machines; every offset is looked at before
/// it is followed, so any bytes may be given.
/// </summary>
internal static class ElfSymbols
{
    // Elf64_Ehdr
    private const int HeaderSize = 64;
    private const int SectionsField = 0x28; // e_shoff
    private const int SectionSizeField = 0x3A; // e_shentsize
    private const int SectionCountField = 0x3C; // e_shnum

    // Elf64_Shdr
    private const int SectionSize = 64;
    private const int TypeField = 0x04; // sh_type
    private const int AddressField = 0x10; // sh_addr: 0 in a module, which is relocatable
    private const int OffsetField = 0x18; // sh_offset
    private const int SizeField = 0x20; // sh_size
    private const int LinkField = 0x28; // sh_link: for a symbol table, the section with the names
    private const uint SymbolTable = 2; // SHT_SYMTAB
    private const uint WithoutBytes = 8; // SHT_NOBITS

    // Elf64_Sym
    private const int SymbolSize = 24;
    private const int SymbolSectionField = 0x06; // st_shndx
    private const int ValueField = 0x08; // st_value

    /// <summary>ELFMAG, ELFCLASS64, ELFDATA2LSB.</summary>
    private static ReadOnlySpan<byte> Identity => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1];

    /// <summary>
    /// The bytes of <paramref name="file"/> from one symbol to another one of the same section. Null where the file has no such symbols, as
    /// one that has been stripped, or is of another kind of machine.
    /// </summary>
    /// <param name="file">The whole file.</param>
    /// <param name="first">A name with its terminating 0.</param>
    /// <param name="end">The same of the symbol behind the last byte.</param>
    internal static Range? Between(ReadOnlySpan<byte> file, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end)
    {
        ReadOnlySpan<byte> sections = Sections(file);
        for (ReadOnlySpan<byte> rest = sections; !rest.IsEmpty; rest = rest[SectionSize..])
        {
            // There is one at most.
            if (Word(rest, TypeField) == SymbolTable)
            {
                ReadOnlySpan<byte> symbols = Bytes(file, rest);
                ReadOnlySpan<byte> names = Bytes(file, Section(sections, Word(rest, LinkField)));
                return Between(file, sections, Find(symbols, names, first), Find(symbols, names, end));
            }
        }

        return null;
    }

    private static Range? Between(
        ReadOnlySpan<byte> file, ReadOnlySpan<byte> sections, ReadOnlySpan<byte> first, ReadOnlySpan<byte> end)
    {
        if (first.IsEmpty || end.IsEmpty || Half(first, SymbolSectionField) != Half(end, SymbolSectionField))
        {
            return null;
        }

        ReadOnlySpan<byte> section = Section(sections, Half(first, SymbolSectionField));
        int length = Bytes(file, section).Length;
        if (length == 0)
        {
            return null;
        }

        // Differences wrap round to what is too large.
        ulong from = Long(first, ValueField) - Long(section, AddressField);
        ulong to = Long(end, ValueField) - Long(section, AddressField);
        int start = (int)Long(section, OffsetField);
        return from < to && to <= (ulong)length ? (start + (int)from)..(start + (int)to) : null;
    }

    /// <summary>The table of sections, a whole number of them; empty where there is none.</summary>
    private static ReadOnlySpan<byte> Sections(ReadOnlySpan<byte> file) =>
        file.Length >= HeaderSize && file.StartsWith(Identity) && Half(file, SectionSizeField) == SectionSize
            ? Part(file, Long(file, SectionsField), (ulong)Half(file, SectionCountField) * SectionSize)
            : [];

    private static ReadOnlySpan<byte> Section(ReadOnlySpan<byte> sections, uint number) =>
        Part(sections, (ulong)number * SectionSize, SectionSize);

    /// <summary>What the file holds of a section; empty also for no section.</summary>
    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> file, ReadOnlySpan<byte> section) =>
        section.IsEmpty || Word(section, TypeField) == WithoutBytes
            ? []
            : Part(file, Long(section, OffsetField), Long(section, SizeField));

    /// <summary>The entry of a symbol; empty where there is none of that name.</summary>
    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> names, ReadOnlySpan<byte> wanted)
    {
        for (; symbols.Length >= SymbolSize; symbols = symbols[SymbolSize..])
        {
            uint name = Word(symbols, 0); // st_name
            if (name < names.Length && names[(int)name..].StartsWith(wanted))
            {
                return symbols[..SymbolSize];
            }
        }

        return [];
    }

    /// <summary>Some of <paramref name="whole"/>; empty where not all of it is there.</summary>
    private static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> whole, ulong offset, ulong length) =>
        offset <= (ulong)whole.Length && length <= (ulong)whole.Length - offset ? whole.Slice((int)offset, (int)length) : [];

    private static ushort Half(ReadOnlySpan<byte> entry, int field) => BinaryPrimitives.ReadUInt16LittleEndian(entry[field..]);

    private static uint Word(ReadOnlySpan<byte> entry, int field) => BinaryPrimitives.ReadUInt32LittleEndian(entry[field..]);

    private static ulong Long(ReadOnlySpan<byte> entry, int field) => BinaryPrimitives.ReadUInt64LittleEndian(entry[field..]);
}
