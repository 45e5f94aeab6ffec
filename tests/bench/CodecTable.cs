using System.Diagnostics;
using System.Globalization;

namespace KHeadersFs.Bench;

/// <summary>
/// The table behind the choice of codec, level and block size (src/docs/decisions.md): every combination packs and unpacks the
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
        byte[][] stored = [.. blocks.Select(codec.Encode)];
        byte[][] bodies = [.. blocks.Select(static b => new byte[b.Length])];
        double pack = Fastest(() => blocks.ForEach(b => codec.Encode(b)));
        double unpack = Fastest(() =>
        {
            for (int i = 0; i < stored.Length; i++)
            {
                codec.Decode(stored[i], bodies[i]);
            }
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {target >> 10} KiB | {codec.Name} | {blocks.Count} | {stored.Sum(static s => s.Length) / 1e6:F2} | {pack:F3} | {unpack:F3} | {unpack * 1e6 / blocks.Count:F1} |"));
    }

    /// <summary>Seconds of the fastest of five runs: other work on the machine only ever adds.</summary>
    private static double Fastest(Action action) => Enumerable.Range(0, 5).Min(_ =>
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });

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
