using System.Diagnostics;
using System.Globalization;
using SharpFuzz;

namespace KHeadersFs.Fuzz;

/// <summary>
/// Gives made inputs to what reads them, and looks that each is taken or refused in a way that is documented: docs/fuzzing.md. An input is
/// made of a seed and its number, so each can be had again.
/// </summary>
internal static class Program
{
    private const int Usage = 1;
    private const int Found = 2;

    private static readonly Target[] s_targets = [new TarTarget(), new XzTarget(), new StoreTarget(), new FuseTarget(), new HeaderTarget()];

    private static int Main(string[] arguments)
    {
        if (arguments is ["--read" or "--seeds", _, ..])
        {
            return ForAfl(arguments);
        }

        string name = "all";
        double seconds = 10;
        int seed = Random.Shared.Next();
        long? only = null;
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            string value = arguments[i + 1];
            switch (arguments[i])
            {
                case "--target":
                    name = value;
                    break;
                case "--seconds":
                    seconds = double.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--seed":
                    seed = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--input":
                    only = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                default:
                    return Help();
            }
        }

        Target[] targets = [.. s_targets.Where(t => name is "all" || string.Equals(t.Name, name, StringComparison.Ordinal))];
        if (arguments.Length % 2 != 0 || targets.Length == 0)
        {
            return Help();
        }

        bool isGood = true;
        foreach (Target target in targets)
        {
            isGood &= Run(target, seed, only, TimeSpan.FromSeconds(seconds / targets.Length));
        }

        return isGood ? 0 : Found;
    }

    /// <summary>What scripts/fuzz.sh has afl-fuzz do: read inputs of its making, and some to begin with.</summary>
    private static int ForAfl(string[] arguments)
    {
        if (Array.Find(s_targets, t => string.Equals(t.Name, arguments[1], StringComparison.Ordinal)) is not { } target)
        {
            return Help();
        }

        switch (arguments)
        {
            case ["--read", _]:
                Fuzzer.OutOfProcess.Run(stream => Read(target, stream));
                return 0;
            case ["--read", _, var file]: // one again
                target.Read(File.ReadAllBytes(file));
                return 0;
            case ["--seeds", _, var directory]:
                int number = 0;
                foreach (byte[] seed in target.Seeds())
                {
                    File.WriteAllBytes(Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{target.Name}-{number++:D3}")), seed);
                }

                return 0;
            default:
                return Help();
        }
    }

    private static void Read(Target target, Stream stream)
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        target.Read(bytes.ToArray());
    }

    private static int Help()
    {
        Console.Error.WriteLine(
            $"usage: KHeadersFs.Fuzz [--target all|{string.Join('|', s_targets.Select(static t => t.Name))}] [--seconds N] [--seed N] [--input N]\n       KHeadersFs.Fuzz --read TARGET [FILE]\n       KHeadersFs.Fuzz --seeds TARGET DIRECTORY");
        return Usage;
    }

    private static bool Run(Target target, int seed, long? only, TimeSpan time)
    {
        using var watch = new Watch(target.Name, seed);
        var clock = Stopwatch.StartNew();
        long input = only ?? 0;
        long taken = 0;
        for (; only is null ? clock.Elapsed < time : input == only; input++)
        {
            watch.Begin(input);
            try
            {
                taken += target.Run(new Random(unchecked((seed * 486187739) + (int)input))) ? 1 : 0;
            }
#pragma warning disable CA1031 // Whatever it is, it is what is looked for.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Console.Error.WriteLine($"{watch.Replay}\n{e}");
                return false;
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{target.Name}: {input - (only ?? 0)} inputs, {taken} taken, {clock.Elapsed.TotalSeconds:F0} s, peak {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB, seed {seed}"));
        return true;
    }
}
