using System.Diagnostics;
using System.Globalization;

namespace KHeadersFs.Bench;

/// <summary>
/// The table behind the choice of codec, level and block size (ARCHITECTURE.md): every combination packs and unpacks the
/// bodies of a real archive, laid into blocks as PackedBlocks does.
/// </summary>
internal static class CodecTable
{
    private const int MaxBlock = 64 << 10;

    internal static void Print(string archive)
    {
        List<byte[]> bodies = BodyCollector.Collect(archive);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bodies.Count} bodies, {bodies.Sum(static b => (long)b.Length)} bytes"));
        Console.WriteLine("| block | codec | blocks | stored MB | pack s | unpack all s | unpack a block us |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (int target in (int[])[8 << 10, 16 << 10, 32 << 10, 64 << 10])
        {
            List<byte[]> blocks = Lay(bodies, target);
            foreach (Codec codec in Codec.All())
            {
                Measure(target, blocks, codec);
            }
        }
    }

    private static void Measure(int target, List<byte[]> blocks, Codec codec)
    {
        codec.Decode(codec.Encode(blocks[0]), new byte[blocks[0].Length]);
        long start = Stopwatch.GetTimestamp();
        byte[][] stored = [.. blocks.Select(codec.Encode)];
        double pack = Stopwatch.GetElapsedTime(start).TotalSeconds;
        byte[] body = new byte[MaxBlock];
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < stored.Length; i++)
        {
            if (body.Length != blocks[i].Length)
            {
                body = new byte[blocks[i].Length];
            }

            codec.Decode(stored[i], body);
        }

        double unpack = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {target >> 10} KiB | {codec.Name} | {blocks.Count} | {stored.Sum(static s => s.Length) / 1e6:F2} | {pack:F3} | {unpack:F3} | {unpack * 1e6 / blocks.Count:F1} |"));
    }

    private static List<byte[]> Lay(List<byte[]> bodies, int target)
    {
        var blocks = new List<byte[]>();
        var current = new MemoryStream();
        void Close()
        {
            if (current.Length > 0)
            {
                blocks.Add(current.ToArray());
                current.SetLength(0);
            }
        }

        foreach (byte[] body in bodies)
        {
            if (current.Length + body.Length > target)
            {
                Close();
            }

            for (int at = 0; at < body.Length;)
            {
                int length = Math.Min(body.Length - at, MaxBlock - (int)current.Length);
                current.Write(body, at, length);
                at += length;
                if (current.Length == MaxBlock)
                {
                    Close();
                }
            }
        }

        Close();
        return blocks;
    }
}
