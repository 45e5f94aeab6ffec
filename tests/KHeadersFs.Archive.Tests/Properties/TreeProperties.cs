using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Tests;

/// <summary>
/// Any tree, written by any program in any of its formats, is read as it was. Each run has trees of its own; a run is repeated by
/// setting KHEADERSFS_TESTS_SEED to what a failure prints ("SEED,GAMMA").
/// </summary>
[Trait("Takes", "long")] // make test-quick leaves it out
public sealed class TreeProperties : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kheadersfs-properties-").FullName;
    private int _trees;

    public static TheoryData<string> Programs => [.. TarProgram.All.Select(static p => p.Name)];

    // All at once, and not by System.IO: names are any bytes.
    public void Dispose() => ToolRun.Of("rm", ["-rf", "--", _folder]);

    [Theory]
    [MemberData(nameof(Programs))]
    public void Any_tree_is_read_as_it_was_written(string name)
    {
        TarProgram program = TarProgram.All.Single(p => string.Equals(p.Name, name, StringComparison.Ordinal));
        (ulong seed, ulong gamma) = Seed();
        TestContext.Current.TestOutputHelper?.WriteLine($"KHEADERSFS_TESTS_SEED={seed},{gamma}");
        Config config = Config.QuickThrowOnFailure.WithMaxTest(12).WithEndSize(60).WithQuietOnSuccess(true)
            .WithReplay(new Replay(new Rnd(seed, gamma), null!));
        Check.One(config, Prop.ForAll(TreeGenerator.For(program), tree =>
        {
            string[] differences = [.. Differences(program, tree)];
            return (differences.Length == 0).Label(string.Join('\n', [program.Name, .. differences]));
        }));
    }

    private static (ulong Seed, ulong Gamma) Seed()
    {
        if (Environment.GetEnvironmentVariable("KHEADERSFS_TESTS_SEED") is { Length: > 0 } text)
        {
            string[] parts = text.Split(',');
            return (ulong.Parse(parts[0], CultureInfo.InvariantCulture), ulong.Parse(parts[1], CultureInfo.InvariantCulture));
        }

        return ((ulong)Random.Shared.NextInt64(), (ulong)Random.Shared.NextInt64() | 1); // a gamma is odd
    }

    private IEnumerable<string> Differences(TarProgram program, SourceTree tree)
    {
        string folder = $"{_folder}/{_trees++}";
        string tar = $"{folder}.tar";
        tree.Make(folder);
        ToolRun.Of("sh", ["-c", $"{program.Script} && xz -0 -T1 \"$2\"", "sh", folder, tar]);
        List<string> warnings = [];
        try
        {
            using HeaderStore store = HeaderStore.Open(
                StoreBuilder.Build(File.OpenHandle(tar + ".xz"), new BuildOptions(new ArchiveLimits(), warnings.Add)));
            return [.. tree.ToListing().Differences(Listing.Of(store)), .. warnings];
        }
        catch (ArchiveException refused)
        {
            return [refused.Message];
        }
    }
}
