namespace KHeadersFs.Mount.Tests;

/// <summary>A compiler works through the mount, and costs no more requests than it must.</summary>
public sealed class CompileTests
{
    [Fact]
    public void The_first_compile_asks_for_no_name_twice_and_no_piece_of_a_file_twice()
    {
        TestRun.SkipUnless(ClangCompile.IsInstalled("strace"), "strace is not installed: who asked for what cannot be known");
        using var mounted = MountedProgram.Foreground(Archives.Real);
        var compile = new ClangCompile(mounted.Scratch, mounted.Root);
        ServerStatistics before = mounted.Statistics();
        string log = mounted.Scratch.In("strace.log");
        compile.Run(TracedPaths.Strace(log));
        ServerStatistics after = mounted.Statistics();

        var asked = new TracedPaths(log, mounted.Root);
        Assert.True(asked.Names.Count > 500, $"strace saw only {asked.Names.Count} names");
        long lookups = after["LOOKUP"] - before["LOOKUP"];
        Assert.True(lookups <= asked.Names.Count, $"{lookups} LOOKUP for {asked.Names.Count} distinct names");

        var tree = ReferenceTree.Of(Archives.Real).Tree;
        long pieces = asked.Names.Where(tree.Entries.ContainsKey).Select(name => tree.Entries[name]).Where(static e => e.IsFile)
            .Sum(static entry => (entry.Stat.st_size + (128 * 1024) - 1) / (128 * 1024));
        long reads = after["READ"] - before["READ"];
        Assert.True(reads > 500 && reads <= pieces, $"{reads} READ for {pieces} pieces of 128 KiB");
    }

    [Theory]
    [MemberData(nameof(Archives.All), MemberType = typeof(Archives))]
    public void A_second_identical_compile_sends_no_request_at_all(string name)
    {
        // Android's builds hold links to nowhere instead of some headers: nothing compiles with them.
        if (name.StartsWith("dangling", StringComparison.Ordinal))
        {
            return;
        }

        using var mounted = MountedProgram.Foreground(Archives.Named(name));
        var compile = new ClangCompile(mounted.Scratch, mounted.Root);
        string first = compile.Run();
        ServerStatistics before = mounted.Statistics();
        string second = compile.Run();
        Assert.Equal(string.Empty, mounted.Statistics().Since(before));
        Assert.Equal(first, second);
        Assert.True(before["READ"] > 500, $"the first compile sent only {before["READ"]} READ");
    }
}
