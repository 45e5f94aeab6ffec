using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// What the server holds: its pages and its store. The bounds are those of a real, one-block archive. Pages of the program's file depend on
/// the C library that it is linked with: the kernel maps 64 KiB around each page that is touched, and with glibc 2.41 that is 0.2 MiB more
/// than with 2.36, of three processes at the peak. So they have half a MiB of room, and what is the server's own has less.
/// </summary>
public sealed class MemoryTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void After_mounting_the_server_holds_at_most_11_and_a_half_MiB()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        AssertAtMost(11.5, own: 8.5, mounted);
    }

    [Fact]
    public void After_a_whole_tree_tar_and_20_compiles_it_holds_at_most_12_and_a_half_MiB()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        var compile = new ClangCompile(mounted.Scratch, mounted.Root);
        string count = ProcessRun.Shell("tar cf - -C \"$1\" . | wc -c", mounted.Root).Succeeded().Output;
        Assert.True(count.Trim().Length >= 8, $"tar packed only {count} bytes");
        for (int round = 0; round < 20; round++)
        {
            compile.Run();
        }

        AssertAtMost(12.5, own: 9, mounted);
    }

    /// <summary>With sandbox=off as an archive of the kernel's own: the process that mounts decodes. Else another one does while it waits.</summary>
    [Theory]
    [InlineData("kheaders.tar.xz", "off")]
    [InlineData("gzip.tar.gz", "off")]
    [InlineData("zstd.tar.zst", "off")]
    [InlineData("plain.tar", "off")]
    [InlineData("kheaders.tar.xz", "auto")]
    [InlineData("gzip.tar.gz", "auto")]
    [InlineData("zstd.tar.zst", "auto")]
    [InlineData("plain.tar", "auto")]
    public void At_the_peak_while_mounting_it_holds_at_most_21_MiB(string archive, string sandbox)
    {
        Subject.RequireMounts();
        int samples = 0;
        for (int mounts = 0; samples <= 20; mounts++) // a busy machine takes few in one mount
        {
            Assert.True(mounts < 20, $"only {samples} samples saw the store");
            using var peak = new PeakMemory(Subject.Path);
            using var mounted = MountedProgram.Detached(Archives.Named(archive), "-o", $"sandbox={sandbox}");
            peak.Stop();
            Figures.Note($"{archive}: {peak}");
            Assert.True(peak.Together <= 21 * MiB && peak.Resident <= 25 * MiB, $"{peak}");
            samples += peak.Together > 8 * MiB ? peak.Samples : 0; // the store alone has 6 MiB
        }
    }

    [Fact]
    public void The_server_tells_what_it_holds()
    {
        using var mounted = MountedProgram.Foreground(Archives.Real);
        ServerStatistics told = mounted.Statistics();
        var seen = ServerMemory.Of(mounted.ServerId);
        Assert.InRange(told.ResidentBytes, seen.Resident - MiB, seen.Resident + MiB);
        Assert.InRange(told.StoreBytes, seen.Store - MiB, seen.Store + MiB);
        Assert.InRange(told.UptimeSeconds, 0, 120);
    }

    [Fact]
    public void A_hundred_thousand_requests_leave_no_trace_in_memory()
    {
        using var mounted = MountedProgram.Foreground(Archives.Real);
        string largest = mounted.In(ReferenceTree.Of(Archives.Real).Tree.Files.MaxBy(static e => e.Stat.st_size)!.Path);
        Ask(mounted, largest, "warm", 5_000);
        ServerStatistics before = mounted.Statistics();
        var held = ServerMemory.Of(mounted.ServerId);
        Ask(mounted, largest, "name", 50_000);
        long grown = ServerMemory.Of(mounted.ServerId).Total - held.Total;
        long requests = mounted.Statistics().Total - before.Total;
        Figures.Note($"{grown} bytes more after {requests} requests");
        Assert.True(requests >= 100_000, $"only {requests} requests reached the server");
        Assert.True(grown <= MiB / 4, $"grown by {grown} bytes over {requests} requests");
    }

    /// <summary>So many names that are not there, and as many reads around the page cache: each is a request.</summary>
    private static void Ask(MountedProgram mounted, string file, string prefix, int count) => mounted.Within(() =>
    {
        using var direct = new OpenFile(file, OpenFlags.O_RDONLY | OpenFlags.O_DIRECT);
        for (int number = 0; number < count; number++)
        {
            Assert.Equal(-1, Syscall.lstat(mounted.In($"{prefix}{number}"), out _));
            Assert.NotEmpty(direct.Read(number * 4099L % 300_000, 512));
        }
    });

    private static void AssertAtMost(double limit, double own, MountedProgram mounted)
    {
        var memory = ServerMemory.Of(mounted.ServerId);
        double held = (memory.Store + ProcFs.StatusBytes(mounted.ServerId, "RssAnon")) / (double)MiB;
        long height = ProcFs.StatusBytes(mounted.ServerId, "VmHWM");
        Figures.Note($"{memory}, at most {height / (double)MiB:F2} MiB resident so far, {held:F2} MiB its own; allowed {limit} and {own} MiB");
        Assert.True(memory.Resident > MiB && memory.Store > MiB, $"{memory} cannot be right");
        Assert.True(memory.Total <= limit * MiB && held <= own, FormattableString.Invariant($"{memory}, {held:F2} MiB its own"));
    }
}
