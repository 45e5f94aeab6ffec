namespace KHeadersFs.Mount.Tests;

/// <summary>No byte of a kept file can be wrong without being found; readers never get what the archive does not hold.</summary>
public sealed class DamagedEntryTests : IDisposable
{
    private readonly CacheSite _cache = new();

    public void Dispose() => _cache.Dispose();

    /// <summary>The fields of the header, by their offsets (Store/FORMAT.md).</summary>
    public static TheoryData<int> Fields => [0, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 72, 80];

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_wrong_field_of_the_header_is_told_of_and_the_entry_made_again(int offset) =>
        IsMadeAgain(whole => Flip(whole, offset));

    [Theory]
    [InlineData("first block")]
    [InlineData("last byte of the blocks")]
    [InlineData("node table")]
    [InlineData("end of the node table")]
    [InlineData("block table")]
    public void A_flipped_bit_is_told_of_and_the_entry_made_again(string place) =>
        IsMadeAgain(whole => Flip(whole, Place(whole, place)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(87)]
    [InlineData(88)]
    [InlineData(200)]
    [InlineData(-1)]
    public void A_truncated_entry_is_told_of_and_made_again(int length) =>
        IsMadeAgain(whole => whole[..(length < 0 ? whole.Length + length : length)]);

    [Fact]
    public void An_entry_with_more_at_its_end_is_told_of_and_made_again() => IsMadeAgain(static whole => [.. whole, 0]);

    [Fact]
    public void Zeros_instead_of_an_entry_are_told_of_and_made_again() => IsMadeAgain(static whole => new byte[whole.Length]);

    // A disk, or whoever is root, can change the file after the mount has read it.
    [Fact]
    public void Damage_after_the_mount_is_EIO_with_one_line_in_the_log_and_the_next_mount_makes_the_entry_again()
    {
        TreeSnapshot reference = ReferenceTree.Of(Archives.Real).Tree;
        string entry;
        using (var mounted = MountedProgram.Foreground(Archives.Real, "-o", $"release=ignore,cache={_cache.Folder}"))
        {
            entry = _cache.Entry;
            byte[] whole = File.ReadAllBytes(entry);
            int[] damaged = [200, (int)(BitConverter.ToInt64(whole, 48) / 2)];
            using (var file = new FileStream(entry, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                foreach (int offset in damaged)
                {
                    file.Position = offset;
                    file.WriteByte((byte)~whole[offset]);
                }
            }

            int failed = 0;
            mounted.Within(() => failed = reference.Files.Count(f => !ReadsRight(mounted.In(f.Path), Path.Combine(reference.Root, f.Path))));
            Assert.InRange(failed, 1, 200);
            Assert.Single(mounted.Log.Lines, static line => line.Contains("EIO", StringComparison.Ordinal));
        }

        Message.Says(Assert.Single(_cache.Mount(Archives.Real)), "not used again");
        Deadline.Within(Deadline.Long, () => ProcessRun.Of(["diff", "-r", reference.Root, _cache.Site.Directory]).Succeeded());
        _cache.Site.Unmount();
        _cache.Fill(Archives.Real);
    }

    private void IsMadeAgain(Func<byte[], byte[]> damage)
    {
        _cache.Fill();
        string entry = _cache.Entry;
        byte[] whole = File.ReadAllBytes(entry);
        File.WriteAllBytes(entry, damage(whole));
        _cache.MountsWithOneLine(entry, fromEntry: true);
        Assert.Equal(whole, File.ReadAllBytes(_cache.Entry));
        _cache.Fill();
    }

    /// <summary>False for EIO; anything else that is not what the archive holds fails the test.</summary>
    private static bool ReadsRight(string path, string reference)
    {
        try
        {
            Assert.Equal(File.ReadAllBytes(reference), File.ReadAllBytes(path));
            return true;
        }
        catch (IOException e)
        {
            Assert.Contains("Input/output error", e.Message, StringComparison.Ordinal);
            return false;
        }
    }

    private static int Place(byte[] whole, string place)
    {
        int tables = (int)BitConverter.ToInt64(whole, 48);
        int blocks = BitConverter.ToInt32(whole, 20);
        int blockTable = whole.Length - (2 * 8 * (blocks + 1)) - blocks;
        return place switch
        {
            "first block" => 100,
            "last byte of the blocks" => tables - 1,
            "node table" => tables + 1,
            "end of the node table" => blockTable - 1,
            _ => blockTable + 8,
        };
    }

    private static byte[] Flip(byte[] whole, int offset) => [.. whole[..offset], (byte)(whole[offset] ^ 0x10), .. whole[(offset + 1)..]];
}
