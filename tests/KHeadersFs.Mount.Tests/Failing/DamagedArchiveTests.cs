namespace KHeadersFs.Mount.Tests;

/// <summary>A real archive, or a part of one, cut short or with one byte changed, wherever that is: always 32, one line and nothing left.</summary>
public sealed class DamagedArchiveTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public DamagedArchiveTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("kheaders.tar.xz")]
    [InlineData("blocks-256k.tar.xz")]
    [InlineData("multi-stream.tar.xz")]
    public void An_archive_that_ends_early_is_refused(string name)
    {
        byte[] whole = File.ReadAllBytes(Archives.Named(name));

        // Within the magic, after the stream header, within data, within the index, within the footer.
        int[] lengths = [1, 6, 12, 13, 4096, whole.Length / 4, whole.Length / 2, whole.Length * 3 / 4, whole.Length - 13,
            whole.Length - 1];
        AssertAllRefused(lengths, length => whole[..length]);
    }

    [Theory]
    [InlineData("kheaders.tar.xz", 30)]
    [InlineData(Archives.Part, 100)]
    [InlineData("blocks-256k.tar.xz", 30)]
    public void An_archive_with_one_changed_byte_is_refused(string name, int places)
    {
        byte[] whole = File.ReadAllBytes(Archives.Named(name));

        // Every byte of the stream header and the footer, every other one of the first block's header and the index's end.
        int[] ends = [.. Enumerable.Range(0, 12), 14, 18, 22, .. Enumerable.Range(1, 12).Select(i => whole.Length - i)];
        int[] spread = [.. Enumerable.Range(1, places).Select(i => (int)((long)whole.Length * i / (places + 1)))];
        int[] chosen = [.. spread.Take(places - Math.Min(ends.Length, places / 2)), .. ends.Take(places / 2)];
        Assert.Equal(places, chosen.Distinct().Count());
        AssertAllRefused(chosen, place =>
        {
            byte[] damaged = [.. whole];
            damaged[place] ^= (byte)(1 << (place % 8));
            return damaged;
        });
    }

    private void AssertAllRefused(int[] places, Func<int, byte[]> damage)
    {
        var problems = new List<string>();
        foreach (int place in places)
        {
            string archive = _scratch.Write("damaged.tar.xz", damage(place));
            ProcessRun run = Subject.Run(_scratch, [archive, _scratch.MountPoint], Deadline.Long);
            problems.AddRange(FailedMount.Problems(FailedMount.MountFailure, archive, _scratch, run).Select(p => $"{place}: {p}"));
            FailedMount.Clear(_scratch);
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }
}
