using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Text.Json;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>kheadersfs verify: 0 for an archive without a fault, else 1 and the first fault; nothing is mounted.</summary>
public sealed class VerifyTests : IDisposable
{
    private const int Faulty = 1;

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("kheaders.tar.xz")]
    [InlineData("blocks-256k.tar.xz")]
    [InlineData("zstd.tar.zst")]
    public void A_good_archive_is_counted_as_tar_has_it(string name)
    {
        string archive = Archives.Named(name);
        TreeEntry[] tree = [.. ReferenceTree.Of(archive).Tree.Entries.Values];
        int files = tree.Count(static entry => entry.IsFile);
        int directories = tree.Count(static entry => entry.IsDirectory);
        int links = tree.Count(static entry => entry.IsLink);

        ProcessRun run = Verify(archive);
        string said = run.Succeeded().Output;
        Assert.StartsWith($"{archive}: ", said, StringComparison.Ordinal);
        Message.Says(said, string.Create(CultureInfo.InvariantCulture, $"no fault {files} {directories} {links} files bytes directories links"));
        using JsonDocument json = JsonDocument.Parse(Verify("--json", archive).Succeeded().Output);
        Assert.Equal(files, json.RootElement.GetProperty("files").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("fault").ValueKind);
        Assert.Empty(_scratch.FilesLeft());
    }

    [Fact]
    public void The_first_fault_is_told_with_its_name()
    {
        Expect("damaged copy", _scratch.Write("cut.tar.xz", File.ReadAllBytes(Archives.Real).AsSpan()[..1_000_000]));
        Expect(
            "2 links include/linux/fs.h -> ../../../../../../sandbox/fs.h", Archives.Named("dangling.tar.xz"));
        Expect(
            "\"include/pipe\" left out",
            new HandMadeArchive().Special(TarEntryType.Fifo, "include/pipe").Link("no.h", "nowhere.h").Save(_scratch));
        Expect("1 MiB limit_decoded=", "-o", "limit_decoded=1", Archives.Real);
        using JsonDocument json = JsonDocument.Parse(Verify("--json", Archives.Named("dangling.tar.xz")).Output);
        Message.Says(json.RootElement.GetProperty("fault").GetString(), "2 links include/linux/fs.h");
    }

    [Fact]
    public void What_cannot_be_opened_is_no_fault_of_an_archive()
    {
        ProcessRun run = Verify("/nowhere.tar.xz");
        Assert.Equal((FailedMount.MountFailure, ""), (run.ExitCode, run.Output));
        Message.Is(run.Error, "/nowhere.tar.xz", "no file kheaders.tar.xz");
    }

    [Theory]
    [InlineData(Signum.SIGINT)]
    [InlineData(Signum.SIGTERM)]
    public void Interrupted_it_says_so(Signum signal)
    {
        using var archive = new StalledArchive(_scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process process = ProcessRun.Start([Subject.Path, "verify", archive.Path], _scratch.Work, _scratch.Environment);
        archive.WaitUntilRead();
        Assert.Equal(0, Syscall.kill(process.Id, signal));
        Deadline.Until(() => process.HasExited, "the end of the interrupted program");
        Assert.Equal(FailedMount.Interrupted, process.ExitCode);
        Message.Is(process.StandardError.ReadToEnd(), archive.Path, "interrupted");
    }

    private ProcessRun Verify(params string[] arguments) =>
        ProcessRun.Of([Subject.Path, "verify", .. arguments], _scratch.Work, environment: _scratch.Environment);

    private void Expect(string words, params string[] arguments)
    {
        ProcessRun run = Verify(arguments);
        Assert.Equal((Faulty, ""), (run.ExitCode, run.Output));
        Message.Is(run.Error, arguments[^1], words);
    }
}
