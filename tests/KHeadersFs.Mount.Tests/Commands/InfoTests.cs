using System.Globalization;
using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>kheadersfs info: what xz, tar and the headers themselves say of an archive, and what a mount of it then takes.</summary>
public sealed class InfoTests : IDisposable
{
    private const int Faulty = 1;

    private static readonly string[] s_members =
    [
        "archive", "module", "release", "running", "architecture", "format", "compressed_bytes", "decoded_bytes", "streams", "blocks",
        "largest_block_bytes", "dictionary_bytes", "checks", "files", "directories", "links", "bytes", "own_blocks", "store_bytes",
        "memory_bytes", "peak_bytes", "options",
    ];

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("kheaders.tar.xz", "x86", false)]
    [InlineData("arm64.tar.xz", "arm64", false)]
    [InlineData("blocks-256k.tar.xz", "x86", true)]
    [InlineData("blocks-1m.tar.xz", "x86", false)]
    [InlineData("multi-stream.tar.xz", "x86", false)]
    [InlineData("check-none.tar.xz", "x86", false)]
    [InlineData("check-crc32.tar.xz", "x86", false)]
    [InlineData("check-sha256.tar.xz", "x86", false)]
    [InlineData("x86-bcj.tar.xz", "x86", false)]
    public void An_xz_archive_is_told_as_xz_and_tar_tell_it(string name, string architecture, bool ownBlocks)
    {
        string archive = Archives.Named(name);
        JsonElement info = Json(archive);
        Assert.Equal(string.Join(' ', s_members), string.Join(' ', info.EnumerateObject().Select(static member => member.Name)));

        // "file", streams, blocks, compressed, decoded, ratio, checks (xz(1), "ROBOT MODE").
        string[][] lines = [.. ProcessRun.Of(["xz", "--robot", "-lvv", archive]).Succeeded().Output.Split('\n').Select(static l => l.Split('\t'))];
        string[] file = lines.Single(static l => l[0] is "file");
        string[][] blocks = [.. lines.Where(static l => l[0] is "block")];
        Assert.Equal(
            (file[1], file[2], file[3], file[4], file[6]),
            (Raw("streams"), Raw("blocks"), Raw("compressed_bytes"), Raw("decoded_bytes"),
                string.Join(',', info.GetProperty("checks").EnumerateArray().Select(static check => check.GetString()))));
        Assert.Equal(blocks.Max(static b => long.Parse(b[7], CultureInfo.InvariantCulture)), info.GetProperty("largest_block_bytes").GetInt64());
        Assert.Equal(blocks.Max(static b => DictionaryOf(b[^1])), info.GetProperty("dictionary_bytes").GetInt64());
        Assert.Equal((architecture, "xz", ownBlocks), (Text("architecture"), Text("format"), info.GetProperty("own_blocks").GetBoolean()));
        ExpectTree(info, archive);
        Assert.False(info.GetProperty("module").GetBoolean());
        Assert.False(info.GetProperty("running").GetBoolean());

        string Raw(string member) => info.GetProperty(member).GetRawText();
        string? Text(string member) => info.GetProperty(member).GetString();
    }

    [Theory]
    [InlineData("gzip.tar.gz", "gzip")]
    [InlineData("zstd.tar.zst", "zstd")]
    [InlineData("plain.tar", "tar")]
    public void Of_other_wrappings_what_they_do_not_tell_is_null(string name, string format)
    {
        string archive = Archives.Named(name);
        JsonElement info = Json(archive);
        Assert.Equal(format, info.GetProperty("format").GetString());
        Assert.Equal(new FileInfo(archive).Length, info.GetProperty("compressed_bytes").GetInt64());
        Assert.Equal(new FileInfo(Archives.Named("plain.tar")).Length, info.GetProperty("decoded_bytes").GetInt64());
        Assert.All(
            ["streams", "blocks", "largest_block_bytes", "dictionary_bytes", "checks", "peak_bytes"],
            member => Assert.Equal(JsonValueKind.Null, info.GetProperty(member).ValueKind));
        ExpectTree(info, archive);
    }

    [Fact]
    public void A_module_and_standard_input_are_read_like_a_file()
    {
        JsonElement module = Json(HeadersModule.Save(_scratch, Archives.Real));
        Assert.True(module.GetProperty("module").GetBoolean());
        Assert.Equal(new FileInfo(Archives.Real).Length, module.GetProperty("compressed_bytes").GetInt64());
        ProcessRun piped = ProcessRun.Shell("\"$1\" info --json - <\"$2\"", Subject.Path, Archives.Real).Succeeded();
        using JsonDocument json = JsonDocument.Parse(piped.Output);
        Assert.Equal("standard input", json.RootElement.GetProperty("archive").GetString());
        Assert.Equal(module.GetProperty("store_bytes").GetInt64(), json.RootElement.GetProperty("store_bytes").GetInt64());
    }

    [Fact]
    public void Options_are_those_of_the_kernels_configuration()
    {
        string config = ProcessRun.Shell("tar -xOf \"$1\" --wildcards '*include/generated/autoconf.h'", Archives.Real).Succeeded().Output;
        foreach (JsonProperty option in Json(Archives.Real).GetProperty("options").EnumerateObject())
        {
            string expected = config.Contains($"#define {option.Name} 1\n", StringComparison.Ordinal) ? "y"
                : config.Contains($"#define {option.Name}_MODULE 1\n", StringComparison.Ordinal) ? "m" : "n";
            Assert.Equal((option.Name, expected), (option.Name, option.Value.GetString()));
        }

        Assert.Contains("#define CONFIG_BPF_SYSCALL 1", config, StringComparison.Ordinal);
    }

    [Fact]
    public void For_people_it_is_a_screen_and_says_what_is_not_known()
    {
        string[] lines = Info(Archives.Real).Succeeded().Output.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 8, 24);
        Assert.All(lines.Skip(1), static line => Assert.InRange(line.Length, 1, 80));
        Assert.Contains("  served   packed anew, store: ", lines[6], StringComparison.Ordinal);

        string bare = Info(new HandMadeArchive(empty: true).File("include/a\u001b[31m.h", "int x;").Save(_scratch)).Succeeded().Output;
        Message.Says(bare, "kernel release architecture not");
        Message.Says(bare, "options no include/generated/autoconf.h");
        Assert.DoesNotContain('\u001b', bare);
    }

    [Theory]
    [InlineData("kheaders.tar.xz")]
    [InlineData("blocks-256k.tar.xz")]
    [InlineData("blocks-1m.tar.xz")]
    public void A_mount_takes_about_what_was_told(string name)
    {
        Subject.RequireMounts();
        JsonElement info = Json(Archives.Named(name));
        using var peak = new PeakMemory(Subject.Path);
        using var mounted = MountedProgram.Detached(Archives.Named(name));
        peak.Stop();
        long server = ServerMemory.Of(mounted.ServerId).Total;
        Figures.Note($"{name}: told {info.GetProperty("memory_bytes")} and {info.GetProperty("peak_bytes")}, seen {server} and {peak.Together}");
        Near(info.GetProperty("memory_bytes").GetInt64(), server);
        Near(info.GetProperty("peak_bytes").GetInt64(), peak.Together);

        // A quarter: processors and kernels differ, and one says "about".
        static void Near(long told, long seen) => Assert.InRange(told, seen * 3 / 4, seen * 5 / 4);
    }

    [Fact]
    public void What_cannot_be_read_is_told_as_verify_tells_it()
    {
        string cut = _scratch.Write("cut.tar.xz", File.ReadAllBytes(Archives.Real).AsSpan()[..1_000_000]);
        ProcessRun run = Info(cut);
        Assert.Equal((Faulty, ""), (run.ExitCode, run.Output));
        Message.Is(run.Error, cut, "damaged copy");
        ProcessRun none = Info("/nowhere.tar.xz");
        Assert.Equal(FailedMount.MountFailure, none.ExitCode);
        Message.Is(none.Error, "/nowhere.tar.xz", "no file kheaders.tar.xz");
        Assert.Equal(Faulty, Info("-o", "limit_decoded=1", Archives.Real).ExitCode);
    }

    private static void ExpectTree(JsonElement info, string archive)
    {
        TreeEntry[] tree = [.. ReferenceTree.Of(archive).Tree.Entries.Values];
        Assert.Equal(
            (tree.Count(static e => e.IsFile), tree.Count(static e => e.IsDirectory), tree.Count(static e => e.IsLink)),
            (info.GetProperty("files").GetInt32(), info.GetProperty("directories").GetInt32(), info.GetProperty("links").GetInt32()));
        string header = ProcessRun.Shell("tar -xOf \"$1\" --wildcards '*include/generated/utsrelease.h'", archive).Succeeded().Output;
        Assert.Equal(header.Split('"')[1], info.GetProperty("release").GetString());
    }

    // "--x86 --lzma2=dict=1MiB"
    private static long DictionaryOf(string filters)
    {
        string size = filters.Split("dict=")[1].Split(',')[0].Split(' ')[0];
        long number = long.Parse(size.TrimEnd('K', 'M', 'i', 'B'), CultureInfo.InvariantCulture);
        return size.EndsWith("MiB", StringComparison.Ordinal) ? number << 20 : number << 10;
    }

    private JsonElement Json(string archive)
    {
        using JsonDocument json = JsonDocument.Parse(Info("--json", archive).Succeeded().Output);
        return json.RootElement.Clone();
    }

    private ProcessRun Info(params string[] arguments) =>
        ProcessRun.Of([Subject.Path, "info", .. arguments], _scratch.Work, environment: _scratch.Environment);
}
