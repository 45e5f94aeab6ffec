using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A program that is interrupted before the mount stands.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public InterruptionTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(Signum.SIGINT, false)]
    [InlineData(Signum.SIGINT, true)]
    [InlineData(Signum.SIGTERM, false)]
    [InlineData(Signum.SIGTERM, true)]
    public void A_signal_while_the_archive_is_read_ends_with_8_and_leaves_nothing(Signum signal, bool foreground)
    {
        using var archive = new StalledArchive(_scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        string[] options = foreground ? ["-f"] : [];
        using Process process = ProcessRun.Start(
            [Subject.Path, .. options, archive.Path, _scratch.MountPoint], _scratch.Work, _scratch.Environment);
        try
        {
            // What is written beyond the pipe's own 64 KiB has been read, so the program is at work.
            archive.WaitUntilRead();
            Assert.Equal(0, Syscall.kill(process.Id, signal));
            Deadline.Until(() => process.HasExited, "the end of the interrupted program");
            Assert.Equal(FailedMount.Interrupted, process.ExitCode);
            Deadline.Until(() => Subject.Processes().Count == 0, "no process left");
            Assert.Empty(FailedMount.Leftovers(_scratch));
            Assert.Matches(@"\Akheadersfs: [^\n]+\n\z", process.StandardError.ReadToEnd());
        }
        finally
        {
            FailedMount.Clear(_scratch);
        }
    }
}
