using System.Diagnostics;
using System.Formats.Tar;
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
        Assert.Matches($"^{archive}: no fault in {files} files of [0-9]+ bytes, {directories} directories and {links} links\n$", run.Succeeded().Output);
        using JsonDocument json = JsonDocument.Parse(Verify("--json", archive).Succeeded().Output);
        Assert.Equal(files, json.RootElement.GetProperty("files").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("fault").ValueKind);
        Assert.Empty(_scratch.FilesLeft());
    }

    [Fact]
    public void The_first_fault_is_told_with_its_name()
    {
        Expect("is truncated or damaged (", _scratch.Write("cut.tar.xz", File.ReadAllBytes(Archives.Real).AsSpan()[..1_000_000]));
        Expect(
            "2 of its links lead nowhere, such as include/linux/fs.h -> ../../../../../../sandbox/fs.h", Archives.Named("dangling.tar.xz"));
        Expect(
            "left out \"include/pipe\"",
            new HandMadeArchive().Special(TarEntryType.Fifo, "include/pipe").Link("no.h", "nowhere.h").Save(_scratch));
        Expect("decodes to ", "-o", "limit_decoded=1", Archives.Real);
        using JsonDocument json = JsonDocument.Parse(Verify("--json", Archives.Named("dangling.tar.xz")).Output);
        Assert.StartsWith("2 of its links", json.RootElement.GetProperty("fault").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_opened_is_no_fault_of_an_archive()
    {
        ProcessRun run = Verify("/nowhere.tar.xz");
        Assert.Equal((FailedMount.MountFailure, ""), (run.ExitCode, run.Output));
        Assert.Equal("kheadersfs: /nowhere.tar.xz: no such file; give the path of a kheaders.tar.xz\n", run.Error);
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
        Assert.Equal($"kheadersfs: {archive.Path}: interrupted before it was verified\n", process.StandardError.ReadToEnd());
    }

    private ProcessRun Verify(params string[] arguments) =>
        ProcessRun.Of([Subject.Path, "verify", .. arguments], _scratch.Work, environment: _scratch.Environment);

    private void Expect(string fault, params string[] arguments)
    {
        ProcessRun run = Verify(arguments);
        Assert.Equal((Faulty, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"kheadersfs: {arguments[^1]}: {fault}", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd('\n').Split('\n'));
    }
}
