using System.Diagnostics;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A decoder that does something else than to decode: what it returns is not believed, and how it ends is said as it is.</summary>
public sealed class DecoderEndTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly Scratch _archives = new();

    public void Dispose()
    {
        _site.Dispose();
        _archives.Dispose();
    }

    // A dangling link has its path looked for, so that parents in a circle would never come to an end, and -o prime walks through all.
    [Theory]
    [InlineData("parents", "ro")]
    [InlineData("parents", "prime")]
    [InlineData("children", "ro")]
    [InlineData("children", "prime")]
    public void A_store_with_a_circle_in_its_tree_is_refused_and_not_kept(string lie, string option)
    {
        string takenOver = HelperProgram.Of("Sandboxing/taken-over.c");
        string archive = FittingArchive.Of(FittingArchive.RunningRelease).Link("include/linux/nowhere.h", "nothing").Save(_archives);
        string cache = _site.Scratch.In("cache");
        ProcessRun run = _site.Run(takenOver, lie, Subject.Path, "-o", $"{option},cache={cache}", archive, _site.Directory);
        Assert.Equal(FailedMount.Bug, run.ExitCode);
        Message.Is(run.Error, archive, "process reads store damaged sandboxed report archive");
        Assert.Empty(Directory.Exists(cache) ? Directory.GetFiles(cache, "*.khfs") : []);
        _site.AssertGone();
        Assert.Empty(Directory.GetFileSystemEntries(_site.Directory));

        // The same archive, read by one that does what it is for.
        _site.Run(Subject.Path, "-o", $"{option},cache={cache}", archive, _site.Directory).Succeeded();
        _site.AssertMounted();
        _site.Unmount();
    }

    [Fact]
    public void One_that_exits_was_not_killed() => Expect(
        FailedMount.Bug,
        "exited status 7 report archive",
        static (site, decoder) =>
        {
            string inject = HelperProgram.Of("Sandboxing/inject.c");
            site.Run(inject, $"{decoder}", RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? "94" : "231", "7"); // exit_group, so it has no result
        });

    [Fact]
    public void One_that_crashes_was_sandboxed() => Expect(
        FailedMount.Bug,
        "crashed (signal 31) sandboxed report archive",
        static (_, decoder) => Assert.Equal(0, Syscall.kill(decoder, Signum.SIGSYS)));

    [Fact]
    public void One_that_is_killed_had_no_memory() => Expect(
        FailedMount.SystemError,
        "killed memory again",
        static (_, decoder) => Assert.Equal(0, Syscall.kill(decoder, Signum.SIGKILL)));

    private void Expect(int code, string words, Action<MountSite, int> end)
    {
        using var archive = new StalledArchive(_site.Scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process mounting = ProcessRun.Start([Subject.Path, archive.Path, _site.Directory], _site.Scratch.Work, _site.Scratch.Environment);
        archive.WaitUntilRead();
        end(_site, Assert.Single(Subject.Decoders()));
        Deadline.Until(() => mounting.HasExited, "the end");
        Assert.Equal(code, mounting.ExitCode);
        Message.Is(mounting.StandardError.ReadToEnd(), archive.Path, $"process reads {words}");
        _site.AssertGone();
    }
}
