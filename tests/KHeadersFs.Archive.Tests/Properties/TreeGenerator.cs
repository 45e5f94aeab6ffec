using FsCheck;
using FsCheck.Fluent;

namespace KHeadersFs.Archive.Tests;

/// <summary>Trees of all shapes that a program can write in its format.</summary>
internal static class TreeGenerator
{
    /// <summary>So that the folder that holds the tree leaves room within PATH_MAX.</summary>
    private const int LongestPath = 3500;

    private static readonly Gen<char> s_byte = Gen.Choose(1, 255).Where(static b => b != '/').Select(static b => (char)b);

    private static readonly Gen<string> s_name = Gen.Frequency(
        (6, Gen.Elements('a', 'b', 'c', 'd', 'A', '.', '-', ' ', '\\', '\n').ArrayOf().Select(static c => new string(c))),
        (3, Gen.Elements("ü", "漢", "e\u0301", "🐧", "x.h").ArrayOf().Select(static s => RawTar.Utf8(string.Concat(s)))),
        (3, s_byte.ArrayOf().Select(static c => new string(c))),
        (2, from c in s_byte from n in Gen.Choose(90, 255) select new string(c, n)))
        .Select(static name => name.Length > 255 ? name[..255] : name)
        .Where(static name => name is not ("" or "." or ".."));

    private static readonly Gen<string> s_target = Gen.Frequency(
        (4, s_name),
        (2, s_name.ArrayOf().Select(static names => "../" + string.Join('/', names))),
        (1, from c in s_byte from n in Gen.Choose(95, 4095) select new string(c, n)));

    /// <summary>Pieces that are zeros or not, most of them whole blocks of tar.</summary>
    private static readonly Gen<byte[]> s_content =
        from pieces in Gen.Choose(0, 5)
        from zeros in Gen.Elements(true, false).ArrayOf(pieces)
        from lengths in Gen.Frequency((3, Gen.Choose(0, 40).Select(static n => n * 512)), (1, Gen.Choose(0, 3000))).ArrayOf(pieces)
        from tail in Gen.Choose(-1, 1)
        from seed in Gen.Choose(0, int.MaxValue)
        select Content(zeros, lengths, tail, seed);

    private static readonly Gen<long> s_seconds = Gen.Frequency(
        (4, Gen.Choose(0, int.MaxValue).Select(static n => (long)n)),
        (1, Gen.Choose(int.MinValue, -1).Select(static n => (long)n)),
        (1, Gen.Choose(0, int.MaxValue).Select(static n => (1L << 33) - 5 + n)),
        (1, Gen.Elements(0L, -1, 1, int.MaxValue, 1L << 31, 1L << 32, (1L << 33) - 1, 1L << 33)));

    private static readonly Gen<EntrySeed> s_entry =
        from place in Gen.Choose(0, int.MaxValue)
        from name in s_name
        from kind in Gen.Frequency((5, Gen.Constant('f')), (4, Gen.Constant('d')), (2, Gen.Constant('l')), (2, Gen.Constant('h')))
        from target in s_target
        from content in s_content
        from executable in Gen.Elements(true, false)
        from seconds in s_seconds
        from eighths in Gen.Choose(0, 7)
        select new EntrySeed(place, name, kind, target, content, executable, seconds, eighths);

    internal static Arbitrary<SourceTree> For(TarProgram program) =>
        Arb.From(s_entry.ListOf().Select(seeds => Grow(program, seeds)), Smaller);

    private static SourceTree Grow(TarProgram program, IEnumerable<EntrySeed> seeds)
    {
        List<SourceEntry> entries = [SourceEntry.File("kconfig.h")];
        List<string> directories = [""];
        HashSet<string> paths = ["kconfig.h"];
        foreach (EntrySeed seed in seeds)
        {
            // Every other one goes into the newest directory: else no tree would be deep.
            string directory = seed.Place % 2 == 0 ? directories[^1] : directories[seed.Place / 2 % directories.Count];
            string path = directory.Length == 0 ? seed.Name : $"{directory}/{seed.Name}";
            string target = seed.Kind == 'h' ? LinkedFile(program, entries, seed.Place) : seed.Target;
            bool fits = path.Length <= LongestPath && program.CanWrite(path)
                && (seed.Kind != 'l' || program.CanWriteTarget(target))
                && (seed.Kind != 'h' || (target.Length > 0 && program.CanWriteTarget(path)));
            if (fits && paths.Add(path))
            {
                entries.Add(Entry(program, seed, path, target));
                if (seed.Kind == 'd')
                {
                    directories.Add(path);
                }
            }
        }

        return new SourceTree(entries);
    }

    private static SourceEntry Entry(TarProgram program, EntrySeed seed, string path, string target) => new(
        path,
        seed.Kind,
        seed.Kind is 'l' or 'h' ? target : "",
        seed.Kind is 'f' ? seed.Content : [],
        seed.Kind is 'f' && seed.Executable,
        (seed.Seconds < 0 ? program.Early : program.Late) ? seed.Seconds : seed.Seconds & ((1L << 33) - 1),
        program.Fractions ? (uint)seed.Eighths * 125_000_000 : 0);

    /// <summary>A file that a hard link may be made to: whichever name the program meets first, it is the target of the others.</summary>
    private static string LinkedFile(TarProgram program, List<SourceEntry> entries, int place)
    {
        SourceEntry[] files = [.. entries.Skip(1).Where(e => e.Kind == 'f' && program.CanWriteTarget(e.Path))];
        return files.Length == 0 ? "" : files[place / 2 % files.Length].Path;
    }

    private static byte[] Content(bool[] zeros, int[] lengths, int tail, int seed)
    {
        byte[] content = new byte[lengths.Sum() + 1];
        var random = new Random(seed);
        int position = 0;
        for (int i = 0; i < lengths.Length; position += lengths[i++])
        {
            if (!zeros[i])
            {
                random.NextBytes(content.AsSpan(position, lengths[i]));
            }
        }

        return content[..Math.Max(lengths.Sum() + tail, 0)];
    }

    /// <summary>The tree without one entry and what needs it, for each entry; then with empty files.</summary>
    private static IEnumerable<SourceTree> Smaller(SourceTree tree)
    {
        foreach (SourceEntry gone in tree.Entries.Skip(1))
        {
            yield return new SourceTree([.. tree.Entries.Where(e =>
                !ReferenceEquals(e, gone)
                && !e.Path.StartsWith(gone.Path + "/", StringComparison.Ordinal)
                && !(e.Kind == 'h' && (string.Equals(e.Target, gone.Path, StringComparison.Ordinal) || e.Target.StartsWith(gone.Path + "/", StringComparison.Ordinal))))]);
        }

        foreach (SourceEntry file in tree.Entries.Where(static e => e.Content.Length > 1))
        {
            yield return new SourceTree([.. tree.Entries.Select(e => ReferenceEquals(e, file) ? e with { Content = e.Content[..(e.Content.Length / 2)] } : e)]);
        }
    }
}
