using System.Diagnostics;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A program that is interrupted before the mount stands.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly Scratch _scratch = new();

    private string Cache => $"cache={_scratch.In("cache")}";

    public InterruptionTests() => Subject.RequireMounts();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(Signum.SIGINT, "ro")]
    [InlineData(Signum.SIGINT, "cache")]
    [InlineData(Signum.SIGINT, "ro", "-f")]
    [InlineData(Signum.SIGTERM, "ro")]
    [InlineData(Signum.SIGTERM, "cache")]
    [InlineData(Signum.SIGTERM, "ro", "-f")]
    public void A_signal_while_the_archive_is_read_ends_with_8_and_leaves_nothing(Signum signal, string option, params string[] flags)
    {
        string[] options = [.. flags, "-o", option is "cache" ? Cache : option];
        using var archive = new StalledArchive(_scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process process = Start(archive, options);
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

    /// <summary>With a cache the server's process is there already, and waits.</summary>
    [Fact]
    public void A_server_that_waits_ends_with_a_mounting_process_that_was_killed()
    {
        using var archive = new StalledArchive(_scratch, File.ReadAllBytes(Archives.Real).AsMemory(0, 1 << 20));
        using Process process = Start(archive, "-o", Cache);
        try
        {
            archive.WaitUntilRead();
            Deadline.Until(static () => Subject.Processes().Count == 2, "a process that waits");
            Assert.Equal(0, Syscall.kill(process.Id, Signum.SIGKILL));
            Deadline.Until(static () => Subject.Processes().Count == 0, "no process left");
            Assert.Empty(FailedMount.Leftovers(_scratch));
        }
        finally
        {
            FailedMount.Clear(_scratch);
        }
    }

    [Fact]
    public void A_mount_whose_waiting_server_was_killed_fails_and_leaves_nothing()
    {
        using var archive = new StalledArchive(_scratch, File.ReadAllBytes(Archives.Real));
        using Process process = Start(archive, "-o", Cache);
        try
        {
            archive.WaitUntilRead();
            Deadline.Until(static () => Subject.Processes().Count == 2, "a process that waits");
            int server = Assert.Single(Subject.Processes(), id => id != process.Id);
            Assert.Equal(0, Syscall.kill(server, Signum.SIGKILL));
            archive.Dispose();
            Deadline.Until(() => process.HasExited, "the end of a program that has no server");
            Assert.Equal(FailedMount.SystemError, process.ExitCode);
            Message.Says(process.StandardError.ReadToEnd(), "server ended mount answered log");
            Assert.Empty(FailedMount.Leftovers(_scratch));
        }
        finally
        {
            FailedMount.Clear(_scratch);
        }
    }

    [Fact]
    public void A_server_that_waits_ends_before_a_mounting_process_that_fails()
    {
        string damaged = _scratch.In("damaged.tar.xz");
        byte[] bytes = File.ReadAllBytes(Archives.Real);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        FailedMount.Expect(
            FailedMount.MountFailure, damaged, _scratch, "-o", $"release=ignore,{Cache}", damaged, _scratch.MountPoint);
    }

    private Process Start(StalledArchive archive, params string[] options) => ProcessRun.Start(
        [Subject.Path, .. options, archive.Path, _scratch.MountPoint], _scratch.Work, _scratch.Environment);
}
