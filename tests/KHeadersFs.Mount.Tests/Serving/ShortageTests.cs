using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>A server that gets no memory for a block: the reader hears so, the log says so once, and it is over when there is memory again.</summary>
public sealed class ShortageTests
{
    [Theory]
    [InlineData("blocks-256k.tar.xz")] // a block and xz's dictionary are larger than what malloc(3) has left
    public void A_read_without_memory_for_its_block_fails_with_ENOMEM_and_later_succeeds(string archive)
    {
        using var mounted = MountedProgram.Foreground(Archives.Named(archive), "-o", "release=ignore,sandbox=off"); // prlimit(2) of another user's process takes CAP_SYS_RESOURCE
        string header = mounted.In("include/linux/sched.h");
        SetLimit(mounted.ServerId, DataBytes(mounted.ServerId).ToString(CultureInfo.InvariantCulture));
        ProcessRun failed = ProcessRun.Of(["cat", header], limit: Deadline.Short);
        Assert.Equal((1, $"cat: {header}: Cannot allocate memory\n"), (failed.ExitCode, failed.Error));
        Assert.NotEqual(0, ProcessRun.Of(["cat", header], limit: Deadline.Short).ExitCode);

        SetLimit(mounted.ServerId, "unlimited");
        Assert.Contains("task_struct", ProcessRun.Of(["cat", header], limit: Deadline.Short).Succeeded().Output, StringComparison.Ordinal);
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        Assert.Equal(0, mounted.WaitForEnd());
        Assert.Single(mounted.Log.Lines, line => Message.Has(line, $"{mounted.Root}: reads ENOMEM memory"));
        Assert.DoesNotContain(mounted.Log.Lines, static line => line.Contains("bug", StringComparison.Ordinal));
    }

    private static void SetLimit(int process, string bytes) => ProcessRun.Of(["prlimit", $"--pid={process}", $"--data={bytes}:unlimited"]).Succeeded();

    /// <summary>What RLIMIT_DATA counts (mm/mmap.c: may_expand_vm).</summary>
    private static long DataBytes(int process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process}/status").Single(static l => l.StartsWith("VmData:", StringComparison.Ordinal)).Split(':', 'k')[1].Trim(),
        CultureInfo.InvariantCulture);
}
