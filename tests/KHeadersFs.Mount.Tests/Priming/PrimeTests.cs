namespace KHeadersFs.Mount.Tests;

/// <summary>What -o prime makes the kernel know, and that it changes nothing else.</summary>
public sealed class PrimeTests
{
    /// <summary>Precompiled forms of the three headers that the command line names (.gch, .pch), and a few by version of clang.</summary>
    private const long AbsentNamesAllowed = 12;

    /// <summary>Headers in folders that are not read, such as include/video: one or two.</summary>
    private const long ReadsAllowed = 8;

    [Fact]
    public void A_first_compile_asks_for_no_name_that_is_there_and_reads_nearly_nothing()
    {
        // A kernel may take back pages and names whenever it likes (LockedFiles): three mounts to show one where it did not.
        string told = string.Empty;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            using var mounted = MountedProgram.Foreground(Archives.Real, "-o", "prime");
            ServerStatistics primed = Primed.Statistics(mounted);
            var compile = new ClangCompile(mounted.Scratch, mounted.Root);
            ServerStatistics before = mounted.Statistics();
            mounted.Within(() => compile.Run());
            ServerStatistics after = mounted.Statistics();
            (long lookups, long absent) = (after["LOOKUP"] - before["LOOKUP"], after.AbsentNames - before.AbsentNames);
            long reads = after["READ"] - before["READ"];
            told = $"{lookups} LOOKUP, {absent} of them of absent names, and {reads} READ; priming: {primed.Total} requests, {primed.Prime}";
            Figures.Note($"{told}");
            if (lookups == absent && absent <= AbsentNamesAllowed && reads <= ReadsAllowed)
            {
                return;
            }
        }

        Assert.Fail(told);
    }

    [Fact]
    public void All_names_are_known_and_no_request_is_made_twice()
    {
        using var mounted = MountedProgram.Foreground(Archives.Real, "-o", "prime");
        ServerStatistics told = Primed.Statistics(mounted);
        TreeSnapshot tree = ReferenceTree.Of(Archives.Real).Tree;
        Assert.Equal(tree.Entries.Count - 1, told.Prime.Names);
        Assert.True(told.Prime.Files > 1000, $"{told.Prime}");
        Assert.Equal(told.Prime.Bytes, told.BytesRead);

        // Each file takes one READ for each 128 KiB, and names that are absent from several places one LOOKUP for each.
        Assert.InRange(told["READ"], told.Prime.Files, told.Prime.Files + 20);
        Assert.InRange(told["LOOKUP"], 100, told.Prime.AbsentNames);
        Assert.Equal(told.AbsentNames, told["LOOKUP"]);
        Assert.Contains(mounted.Log.Lines, line => line.Contains(" primed ", StringComparison.Ordinal) && !line.Contains("stopped", StringComparison.Ordinal));
        Assert.Empty(Subject.Walkers());
        Assert.DoesNotContain(
            Directory.GetDirectories($"/proc/{mounted.ServerId}/task"),
            static task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("prime", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kheaders.tar.xz")]
    [InlineData("blocks-256k.tar.xz")]
    public void The_mount_equals_the_unpacked_archive(string name)
    {
        using var mounted = MountedProgram.Foreground(Archives.Named(name), "-o", "prime");
        Primed.Statistics(mounted);
        mounted.Within(() => TreeComparison.AssertEqual(ReferenceTree.Of(Archives.Named(name)), TreeSnapshot.Of(mounted.Root)));
    }

    [Fact]
    public void Hard_links_and_files_of_any_size_are_what_they_were()
    {
        Subject.RequireMounts();
        using var scratch = new Scratch();
        HandMadeArchive made = new HandMadeArchive().Folder("include/linux/empty");
        foreach (int size in new[] { 0, 1, 4095, 4096, 4097, 65_536, 65_537, 131_072, 131_073, 262_144, 262_145, 1_000_000 })
        {
            string name = FormattableString.Invariant($"include/linux/of-{size}.h");
            made.File(name, string.Concat(Enumerable.Range(0, (size / 8) + 1).Select(static i => FormattableString.Invariant($"{i:D7}\n")))[..size]);
            made.HardLink(name + ".link", name);
        }

        made.Link("include/linux/link.h", "of-1.h").Link("include/linux/nowhere.h", "nothing").File("arch/x86/include/asm/of-1.h", "asm\n");
        string archive = made.Save(scratch);
        using var mounted = MountedProgram.Foreground(archive, "-o", "prime");
        ServerStatistics told = Primed.Statistics(mounted);
        Assert.Equal(11, told.Prime.Files); // 9 of up to 256 KiB in include/linux that are not empty, one of asm, kconfig.h
        mounted.Within(() => TreeComparison.AssertEqual(ReferenceTree.Of(archive), TreeSnapshot.Of(mounted.Root)));
    }

    [Fact]
    public void Of_a_subdirectory_only_what_is_in_it_is_read()
    {
        using var mounted = MountedProgram.Foreground(Archives.Real, "-o", "prime,subdir=include/uapi");
        ServerStatistics told = Primed.Statistics(mounted);
        string unpacked = Path.Combine(ReferenceTree.Of(Archives.Real).Tree.Root, "include/uapi");
        Assert.Equal(Directory.GetFileSystemEntries(unpacked, "*", SearchOption.AllDirectories).Length, told.Prime.Names);
        Assert.True(told.Prime.Files > 500, $"{told.Prime}");
    }

    [Fact]
    public void Without_the_option_nothing_is_read()
    {
        using var mounted = MountedProgram.Foreground(Archives.Real);
        ServerStatistics told = mounted.Statistics();
        Assert.Equal(new PrimeStatistics("off", 0, 0, 0, 0), told.Prime);
        Assert.Equal(0, told["READ"] + told["READDIRPLUS"]);
    }
}
