using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>A kept store whose checksums are right, and whose tree is none: it is found before anybody walks through it, and made again.</summary>
public sealed class LyingEntryTests : IDisposable
{
    private readonly CacheSite _cache = new();
    private readonly Scratch _archives = new();

    public void Dispose()
    {
        _cache.Dispose();
        _archives.Dispose();
    }

    [Theory]
    [InlineData("a directory is its own parent")]
    [InlineData("a directory's first entry is the root")]
    public void A_circle_is_told_of_and_the_entry_made_again(string lie)
    {
        string archive = FittingArchive.Of(FittingArchive.RunningRelease).Link("include/linux/nowhere.h", "nothing").Save(_archives);
        Message.Says(Assert.Single(_cache.Mount(archive)), "link include/linux/nowhere.h -> nothing");
        _cache.Site.Unmount();
        string entry = _cache.Entry;
        byte[] whole = File.ReadAllBytes(entry);
        File.WriteAllBytes(entry, Lie([.. whole], isOfParents: lie.EndsWith("parent", StringComparison.Ordinal)));
        string[] lines = _cache.Mount(archive, "prime");
        Assert.Equal(2, lines.Length);
        Message.IsWarning(lines[0] + "\n", entry, "not used damaged again");
        Assert.Equal(whole, File.ReadAllBytes(_cache.Entry));
        _cache.Site.Unmount();
    }

    /// <summary>As Store/FORMAT.md has it: each directory but the root lies.</summary>
    private static byte[] Lie(byte[] store, bool isOfParents)
    {
        int nodes = BitConverter.ToInt32(store, 12);
        Span<byte> tables = store.AsSpan((int)BitConverter.ToInt64(store, 48));
        int modes = (8 * 3 * nodes) + (4 * nodes);
        int parents = modes + (2 * (nodes + (nodes & 1))) + (4 * (nodes + 1));
        for (int node = 1; node < nodes; node++)
        {
            if ((BinaryPrimitives.ReadUInt16LittleEndian(tables[(modes + (2 * node))..]) & 0xF000) == 0x4000)
            {
                if (isOfParents)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(tables[(parents + (4 * node))..], node);
                }
                else
                {
                    BinaryPrimitives.WriteInt64LittleEndian(tables[(8 * (nodes + node))..], 0);
                }
            }
        }

        MemoryMarshal.Write(store.AsSpan(64), Crc64(tables));
        MemoryMarshal.Write(store.AsSpan(88), Crc64(store.AsSpan(0, 88)));
        return store;
    }

    /// <summary>As the .xz format defines it.</summary>
    private static ulong Crc64(ReadOnlySpan<byte> bytes)
    {
        ulong crc = ulong.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xC96C5795D7870F42);
            }
        }

        return ~crc;
    }
}
