namespace KHeadersFs.Mount.Tests;

/// <summary>-o prime of a tree that is deeper than a thread's stack is large.</summary>
public sealed class DeepTreeTests
{
    private const int Depth = 6000;

    [Fact]
    public void It_is_primed_and_served_on()
    {
        Subject.RequireMounts();
        using var scratch = new Scratch();

        // The same directories in two folders that compilers search: what is in one is looked for in the other, all the way down.
        string deep = string.Concat(Enumerable.Repeat("d/", Depth));
        string archive = FittingArchive.Of(FittingArchive.RunningRelease)
            .File($"include/{deep}last.h", "1\n").File($"arch/x86/include/{deep}other.h", "2\n").Save(scratch);
        using var mounted = MountedProgram.Foreground(archive, "-o", $"prime,limit_depth={Depth + 10},limit_name={3 * Depth}");
        ServerStatistics told = Primed.Statistics(mounted);
        Assert.True(told.Prime.Names > 0, $"{told.Prime}");

        // As deep as a path can lead, and up again.
        string path = mounted.In("include/" + string.Concat(Enumerable.Repeat("d/", 1900)));
        mounted.Within(() => Assert.Equal("d", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(path)))));
        mounted.Within(() => Assert.Equal("#define LINUX_VERSION_CODE 1\n", File.ReadAllText(mounted.In("include/linux/version.h"))));
        Assert.DoesNotContain(mounted.Log.Lines, static line => line.Contains("stopped", StringComparison.Ordinal));
        ProcessRun.Of(["umount", mounted.Root]).Succeeded();
        Assert.Equal(0, mounted.WaitForEnd());
    }
}
