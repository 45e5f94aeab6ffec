using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// What the server holds besides its store, which is as large as the kernel's headers make it: 6.2 MiB for 6.1, 6.8 for 6.12. The bounds have
/// room for pages of the program's file, which depend on the C library that it is linked with: the kernel maps 64 KiB around each page that is
/// touched, and with glibc 2.41 that is 0.2 MiB more than with 2.36. What is the server's own has no such room.
/// </summary>
public sealed class MemoryTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public void After_mounting_the_server_holds_its_store_and_at_most_5_MiB()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        AssertAtMost(5, own: 1.5, mounted);
    }

    [Fact]
    public void After_a_whole_tree_tar_and_20_compiles_it_holds_its_store_and_at_most_6_MiB()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        var compile = new ClangCompile(mounted.Scratch, mounted.Root);
        string count = ProcessRun.Shell("tar cf - -C \"$1\" . | wc -c", mounted.Root).Succeeded().Output;
        Assert.True(count.Trim().Length >= 8, $"tar packed only {count} bytes");
        for (int round = 0; round < 20; round++)
        {
            compile.Run();
        }

        AssertAtMost(6, own: 2.25, mounted);
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
    public void At_the_peak_while_mounting_it_holds_its_store_and_at_most_14_and_three_quarters_MiB(string archive, string sandbox)
    {
        Subject.RequireMounts();
        int samples = 0;
        for (int mounts = 0; samples <= 20; mounts++) // a busy machine takes few in one mount
        {
            Assert.True(mounts < 20, $"only {samples} samples saw the store");
            using var peak = new PeakMemory(Subject.Path);
            using var mounted = MountedProgram.Detached(Archives.Named(archive), "-o", $"sandbox={sandbox}");
            peak.Stop();
            long store = ServerMemory.Of(mounted.ServerId).Store;
            Figures.Note($"{archive}: {peak}, store {store / (double)MiB:F2} MiB");
            Assert.True(peak.Together - store <= 14.75 * MiB && peak.Resident - store <= 19 * MiB, $"{peak}, store {store} bytes");
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
        double pages = memory.Proportional / (double)MiB;
        double held = ProcFs.StatusBytes(mounted.ServerId, "RssAnon") / (double)MiB;
        double height = ProcFs.StatusBytes(mounted.ServerId, "VmHWM") / (double)MiB;
        Figures.Note($"{memory}, {held:F2} MiB its own, at most {height:F2} MiB resident so far; allowed {limit} MiB besides the store, {own} its own");
        Assert.True(memory.Resident > MiB && memory.Store > MiB, $"{memory} cannot be right");
        Assert.True(pages <= limit && held <= own, FormattableString.Invariant($"{memory}, {held:F2} MiB its own"));
    }
}
