namespace KHeadersFs.Mount.Tests;

/// <summary>A compiler works through the mount, and costs no more requests than it must.</summary>
public sealed class CompileTests
{
    private const long Piece = 128 * 1024;

    [Fact]
    public void The_first_compile_asks_for_no_name_twice_and_no_piece_of_a_file_twice()
    {
        // The kernel may take back pages that the compiler still has mapped (LockedFiles). It counts what it then reads again:
        // only a compile during which it has counted may ask for more.
        Deadline.Until(
            static () =>
            {
                long before = ProcFs.ReadAgain();
                (long reads, long pieces) = ReadsOfAFirstCompile();
                Assert.True(reads <= pieces || ProcFs.ReadAgain() > before, $"{reads} READ for {pieces} pieces of 128 KiB");
                return reads <= pieces;
            },
            "a compile whose pages stay where they are",
            Deadline.Long);
    }

    [Theory]
    [MemberData(nameof(Archives.Compilable), MemberType = typeof(Archives))]
    public void A_second_identical_compile_sends_no_request_at_all(string name)
    {
        using var mounted = MountedProgram.Foreground(Archives.Named(name));
        var compile = new ClangCompile(mounted.Scratch, mounted.Root);
        string first = compile.Run();
        mounted.Within(() =>
        {
            using var locked = new LockedFiles(compile.HeadersRead());
            Assert.True(locked.Count > 500, $"the compiler has read only {locked.Count} headers");
            ServerStatistics before = mounted.Statistics();
            string second = compile.Run();
            Assert.Equal(string.Empty, mounted.Statistics().Since(before));
            Assert.Equal(first, second);
        });
    }

    // One LOOKUP at most for each name that strace saw asked for; the caller judges the READs.
    private static (long Reads, long Pieces) ReadsOfAFirstCompile()
    {
        TestRun.SkipUnless(ClangCompile.IsInstalled("strace"), "strace is not installed: what was asked for cannot be known");
        using var mounted = MountedProgram.Foreground(Archives.Real);
        var compile = new ClangCompile(mounted.Scratch, mounted.Root);
        ServerStatistics before = mounted.Statistics();
        string log = mounted.Scratch.In("strace.log");
        compile.Run(TracedPaths.Strace(log));
        ServerStatistics after = mounted.Statistics();

        var asked = new TracedPaths(log, mounted.Root);
        long lookups = after["LOOKUP"] - before["LOOKUP"];
        Figures.Note($"{lookups} LOOKUP for {asked.Names.Count} names");
        Assert.True(lookups > 500, $"only {lookups} LOOKUP reached the server");
        Assert.True(lookups <= asked.Names.Count, $"{lookups} LOOKUP for {asked.Names.Count} distinct names");

        IReadOnlyDictionary<string, TreeEntry> tree = ReferenceTree.Of(Archives.Real).Tree.Entries;
        long pieces = asked.Names.Where(tree.ContainsKey).Select(name => tree[name]).Where(static entry => entry.IsFile)
            .Sum(static entry => (entry.Stat.st_size + Piece - 1) / Piece);
        long reads = after["READ"] - before["READ"];
        Figures.Note($"{reads} READ for {pieces} pieces of 128 KiB");
        Assert.True(reads > 500, $"only {reads} READ reached the server");
        return (reads, pieces);
    }
}
